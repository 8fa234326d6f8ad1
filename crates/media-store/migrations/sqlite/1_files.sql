-- The files, the entries that they are attached to, the tokens, and the events to send.
-- Times are milliseconds since 1970. NUMERIC keeps a whole size whole, so that its text has no point.

create table longshore_files (
    id integer primary key autoincrement,
    document_id text not null unique,
    name text not null,
    alternative_text text,
    caption text,
    focal_point text,
    width integer,
    height integer,
    formats text,
    hash text not null,
    ext text not null,
    mime text not null,
    size numeric not null,
    size_bytes integer not null,
    url text not null,
    preview_url text,
    provider text not null,
    provider_metadata text,
    created_at integer not null,
    updated_at integer not null,
    published_at integer not null,
    object_key text,
    path text,
    etag text,
    checksum text,
    provider_chain text not null,
    state text not null check (state in ('pending', 'ready', 'replacing', 'deleting')),
    owner text,
    lease_until integer,
    plan text
);

create index longshore_files_created_at on longshore_files (created_at);
create index longshore_files_name on longshore_files (name);
create index longshore_files_unfinished on longshore_files (lease_until, state) where state <> 'ready';

create table longshore_links (
    id integer primary key autoincrement,
    file_id integer not null references longshore_files (id) on delete cascade,
    related_id text not null,
    related_type text not null,
    field text not null,
    position integer not null
);

create index longshore_links_file on longshore_links (file_id);
create index longshore_links_related on longshore_links (related_id, related_type, field, position);

create table longshore_tokens (
    id integer primary key autoincrement,
    name text not null,
    hash text not null unique,
    actions text not null,
    created_at integer not null,
    last_used_at integer,
    expires_at integer
);

create table longshore_outbox (
    id integer primary key autoincrement,
    webhook text not null,
    event text not null,
    payload text not null,
    attempts integer not null,
    due_at integer not null,
    created_at integer not null
);

create index longshore_outbox_due on longshore_outbox (due_at, id);
