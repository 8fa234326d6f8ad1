pub struct Shelf;

longshore_provider::export_provider!(Shelf as "shelf" extends "local");
