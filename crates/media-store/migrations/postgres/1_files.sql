-- The files, the entries that they are attached to, the tokens, and the events to send.
-- Times are milliseconds since 1970. Texts are compared by their code points, as in SQLite.

-- The time at which the statement began, in milliseconds: one time for all that it changes.
create function longshore_now() returns bigint language sql stable parallel safe as $$
    select floor(extract(epoch from statement_timestamp()) * 1000)::bigint
$$;

-- A text in lower case, in all scripts whatever the database's locale, with one sigma instead of two.
do $$
declare
    locale text := case when exists (select from pg_collation where collname = 'und-x-icu')
        then 'und-x-icu' else 'default' end;
begin
    execute format(
        $make$
            create function longshore_fold(part text) returns text language sql immutable strict parallel safe as
            $fold$ select replace(lower(part collate %I), 'ς', 'σ') $fold$
        $make$,
        locale
    );
end
$$;

create table longshore_files (
    id bigint generated always as identity primary key,
    document_id text collate "C" not null unique,
    name text collate "C" not null,
    alternative_text text collate "C",
    caption text collate "C",
    focal_point text collate "C",
    width bigint,
    height bigint,
    formats text collate "C",
    hash text collate "C" not null,
    ext text collate "C" not null,
    mime text collate "C" not null,
    size double precision not null,
    size_bytes bigint not null,
    url text collate "C" not null,
    preview_url text collate "C",
    provider text collate "C" not null,
    provider_metadata text collate "C",
    created_at bigint not null,
    updated_at bigint not null,
    published_at bigint not null,
    object_key text collate "C",
    path text collate "C",
    etag text collate "C",
    checksum text collate "C",
    provider_chain text collate "C" not null,
    state text collate "C" not null check (state in ('pending', 'ready', 'replacing', 'deleting')),
    owner text collate "C",
    lease_until bigint,
    plan text collate "C"
);

create index longshore_files_created_at on longshore_files (created_at);
-- None on the name as in SQLite: a name may be longer than an entry of an index.
create index longshore_files_unfinished on longshore_files (lease_until, state) where state <> 'ready';

create table longshore_links (
    id bigint generated always as identity primary key,
    file_id bigint not null references longshore_files (id) on delete cascade,
    related_id text collate "C" not null,
    related_type text collate "C" not null,
    field text collate "C" not null,
    position bigint not null
);

create index longshore_links_file on longshore_links (file_id);
create index longshore_links_related on longshore_links (related_id, related_type, field, position);

create table longshore_tokens (
    id bigint generated always as identity primary key,
    name text collate "C" not null,
    hash text collate "C" not null unique,
    actions text collate "C" not null,
    created_at bigint not null,
    last_used_at bigint,
    expires_at bigint
);

create table longshore_outbox (
    id bigint generated always as identity primary key,
    webhook text collate "C" not null,
    event text collate "C" not null,
    payload text collate "C" not null,
    attempts bigint not null,
    due_at bigint not null,
    created_at bigint not null
);

create index longshore_outbox_due on longshore_outbox (due_at, id);
