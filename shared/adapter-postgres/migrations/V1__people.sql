-- The role that the functions sign in as carries what a pooled session must not set (DB-4); whoever makes it says
--   alter role prohod set statement_timeout = '5s';
--   alter role prohod set lock_timeout = '4s';
--   alter role prohod set idle_in_transaction_session_timeout = '10s';
-- Order of locks everywhere: person, session, walk or review (by title, then person), title (by id).
-- Ids and instants come from the application: no sequence, no trigger, no cascade.

create table users (
    id uuid primary key,
    email text collate "C" not null,
    email_key text collate "C" not null,
    password_hash text collate "C" not null,
    role smallint not null,
    joined_at timestamptz not null,
    last_auth_at timestamptz not null,
    constraint users_email_key unique (email_key)
);

create table profiles (
    user_id uuid primary key references users (id),
    username text collate "C" not null,
    username_key text collate "C" not null,
    avatar jsonb,
    about text collate "C" not null,
    links jsonb not null,
    constraint profiles_username_key unique (username_key)
);
