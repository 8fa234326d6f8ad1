mod shelf;

longshore_provider::export_provider!(shelf::Shelf as "shelf");
