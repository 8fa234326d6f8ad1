-- The server finds the type of a file that it serves by the key of the object.

create index longshore_files_object_key on longshore_files (object_key);
