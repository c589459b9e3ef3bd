-- Signing in, as one call: its statements are planned once on a connection and not each time, which was half of what a
-- sign-in cost. `others` is how many older sessions stay; the rest end with their tokens, and so do expired ones. False
-- where the person's hash is not `hash` any more, and nothing is done then.
--
-- The person is locked first: those who sign in at once come one after another, and none after a change of password.
-- Each statement after that sees what others did before it. What is there already was made by this very call, whose
-- answer was lost.
create function open_session(
    person uuid, hash text, session uuid, agent text, address text, token bytea,
    now timestamptz, idle timestamptz, expires timestamptz, others bigint
) returns boolean language plpgsql as $$
declare
    doomed uuid[];
begin
    update users set last_auth_at = now where users.id = person and users.password_hash = hash;
    if not found then
        return false;
    end if;
    doomed := array(
        select s.id from sessions s
        where s.user_id = person and s.id <> session and (
            s.idle_until <= now or s.expires_at <= now or s.id not in (
                select kept.id from sessions kept
                where kept.user_id = person and kept.id <> session
                    and kept.idle_until > now and kept.expires_at > now
                order by kept.last_used_at desc, kept.id desc limit others
            )
        )
        order by s.id for update
    );
    if doomed <> '{}' then
        delete from refresh_tokens where session_id = any (doomed);
        delete from sessions where id = any (doomed);
    end if;
    insert into sessions (id, user_id, user_agent, ip, created_at, last_used_at, idle_until, expires_at)
    values (session, person, agent, address, now, now, idle, expires)
    on conflict (id) do nothing;
    insert into refresh_tokens (token_hash, session_id) values (token, session)
    on conflict (token_hash) do nothing;
    return true;
end
$$;
