-- A row says which claim may change it: a token that no other claim has, rather than a name of the host.

alter table longshore_files rename column owner to claim;
