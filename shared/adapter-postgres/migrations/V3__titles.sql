-- `name_key` is the SHA-256 of the name's key: the key itself may be longer than an entry of an index can be.
-- `rating` is in tenths, rounded half up, as `models::Average::of` does it.
create table titles (
    id uuid primary key,
    type smallint not null,
    name text collate "C" not null,
    name_key bytea not null,
    description text collate "C" not null,
    release_year smallint not null,
    cover jsonb,
    rating_sum bigint not null default 0,
    rating_count integer not null default 0,
    walks_count integer not null default 0,
    rating smallint generated always as (
        case when rating_count > 0
            then ((rating_sum * 20 + rating_count) / (rating_count * 2::bigint))::smallint
        end
    ) stored,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint titles_type_name_year unique (type, name_key, release_year)
)
-- Room for counts to change in place.
with (fillfactor = 80);

create index titles_by_id on titles (type, id);

create index titles_by_year on titles (type, release_year, id);

create index titles_by_rating on titles (type, rating, id);

create table title_words (
    type smallint not null,
    word text collate "C" not null,
    title_id uuid not null references titles (id),
    primary key (type, word, title_id)
);

create index title_words_by_title on title_words (title_id, word);

create table title_history (
    id uuid primary key,
    title_id uuid not null references titles (id),
    user_id uuid references users (id),
    changed_at timestamptz not null,
    changes jsonb not null
);

create index title_history_by_title on title_history (title_id, changed_at, id);

create index title_history_by_user on title_history (user_id, changed_at, id);
