mod shelf;

mod one {
    longshore_provider::export_provider!(crate::shelf::Shelf as "shelf");
}

mod two {
    longshore_provider::export_provider!(crate::shelf::Shelf as "other");
}
