create table walks (
    id uuid not null,
    title_id uuid not null references titles (id),
    user_id uuid not null references users (id),
    state smallint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint walks_id unique (id)
);

-- A title's walks of several states are merged from one range of each, read of the index alone.
create index walks_by_title on walks (title_id, state, updated_at, user_id) include (id, created_at);

create index walks_by_user on walks (user_id, updated_at, title_id);

-- The last of the indexes: where the planner takes several for equally cheap, it takes the newest, and the others
-- would read through all walks of a title or a person to find one.
alter table walks add primary key (title_id, user_id);
