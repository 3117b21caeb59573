"""How a result looks to a person: pictures, plots and HTML pages."""
