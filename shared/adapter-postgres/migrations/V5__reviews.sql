create table reviews (
    id uuid not null,
    title_id uuid not null references titles (id),
    user_id uuid not null references users (id),
    rating smallint not null,
    text text collate "C" not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint reviews_id unique (id)
);

create index reviews_by_title on reviews (title_id, updated_at, user_id);

create index reviews_by_title_rating on reviews (title_id, rating, user_id);

create index reviews_by_user on reviews (user_id, updated_at, title_id);

-- The last of the indexes, as for walks.
alter table reviews add primary key (title_id, user_id);
