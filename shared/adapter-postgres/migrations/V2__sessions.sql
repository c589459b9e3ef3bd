create table sessions (
    id uuid primary key,
    user_id uuid not null references users (id),
    user_agent text collate "C" not null,
    ip text collate "C" not null,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    idle_until timestamptz not null,
    expires_at timestamptz not null
);

create index sessions_by_user on sessions (user_id);

-- Spent tokens stay as long as their session, so that any of them coming back is known. `sealed` is the successor,
-- encrypted under a key that only who has this token can derive; it goes when the successor is spent.
create table refresh_tokens (
    token_hash bytea primary key,
    session_id uuid not null references sessions (id),
    spent_at timestamptz,
    successor bytea,
    sealed bytea
);

create index refresh_tokens_by_session on refresh_tokens (session_id);
