-- A catalogue of `growth.titles` titles, half as many people, and walks and reviews to match: one of each for
-- every title (a tenth has no review), and those of everybody on one hot title, the first.
-- Names and usernames are of words that the application's own normalising leaves as they are; a test compares.
-- No foreign key is checked while rows come in: a query looks afterwards.
set session_replication_role = replica;

-- Autovacuum would come while something is measured, and whatever is asked next would touch fewer blocks. What it does
-- to tables that rest is done once all is loaded.
do $$ declare found record; begin
    for found in select oid::regclass as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
    loop execute format('alter table %s set (autovacuum_enabled = off)', found.name); end loop;
end $$;

create function pg_temp.titles() returns integer language sql stable as
    $$ select current_setting('growth.titles')::integer $$;

-- The id of the n-th of a kind, as UUIDv7 has it: in the order of time.
create function pg_temp.id(kind integer, n bigint) returns uuid language sql immutable as
    $$ select (lpad(to_hex(1735689600000 + n), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8'
        || lpad(to_hex(n), 15, '0'))::uuid $$;

create function pg_temp.at(n bigint) returns timestamptz language sql immutable as
    $$ select timestamptz '2025-01-01 00:00:00+00' + n * interval '1 second' $$;

create function pg_temp.rating(n bigint) returns integer language sql immutable as
    $$ select (n * 37 % 101)::integer $$;

-- Digits of usernames are written as letters, since 0 and 1 look like o and l.
create function pg_temp.username(n bigint) returns text language sql immutable as
    $$ select 'p' || translate(lpad(n::text, 6, '0'), '0123456789', 'abcdefghjk') $$;

insert into users (id, email, email_key, password_hash, role, joined_at, last_auth_at)
select pg_temp.id(2, n), name || '@example.org', name || '@example.org', 'none', 1, pg_temp.at(n), pg_temp.at(n)
from generate_series(1, pg_temp.titles() / 2) n, pg_temp.username(n) name;

insert into profiles (user_id, username, username_key, about, links)
select pg_temp.id(2, n), pg_temp.username(n), pg_temp.username(n), '', '[]'
from generate_series(1, pg_temp.titles() / 2) n;

insert into titles (
    id, type, name, name_key, description, release_year, rating_sum, rating_count, walks_count, created_at, updated_at
)
select pg_temp.id(1, n), 1 + (n - 1) % 4, name, sha256(convert_to(lower(name), 'UTF8')), repeat('Made up. ', 20),
    1950 + n % 70, case when rated then pg_temp.rating(n) else 0 end, rated::integer, 1, pg_temp.at(n), pg_temp.at(n)
from (
    select n, n % 10 <> 0 as rated,
        'Common' || case when n % 100 = 1 then ' Hundredth' else '' end || ' '
            || lpad(n::text, greatest(5, length(n::text)), '0') as name
    from generate_series(1, pg_temp.titles()) n
) made;

insert into title_words (type, word, title_id)
select t.type, word, t.id from titles t, unnest(string_to_array(lower(t.name), ' ')) word;

insert into walks (id, title_id, user_id, state, created_at, updated_at)
select pg_temp.id(3, n), pg_temp.id(1, n), pg_temp.id(2, 1 + n % (pg_temp.titles() / 2)), 1 + n % 6,
    pg_temp.at(n), pg_temp.at(n)
from generate_series(1, pg_temp.titles()) n;

insert into walks (id, title_id, user_id, state, created_at, updated_at)
select pg_temp.id(4, n), pg_temp.id(1, 1), pg_temp.id(2, n), 1 + n % 6, pg_temp.at(n), pg_temp.at(n)
from generate_series(1, pg_temp.titles() / 2) n
on conflict do nothing;

insert into reviews (id, title_id, user_id, rating, text, created_at, updated_at)
select pg_temp.id(5, n), pg_temp.id(1, n), pg_temp.id(2, 1 + n % (pg_temp.titles() / 2)), pg_temp.rating(n),
    repeat('Made up. ', 10), pg_temp.at(n), pg_temp.at(n)
from generate_series(1, pg_temp.titles()) n where n % 10 <> 0;

insert into reviews (id, title_id, user_id, rating, text, created_at, updated_at)
select pg_temp.id(6, n), pg_temp.id(1, 1), pg_temp.id(2, n), pg_temp.rating(n), repeat('Made up. ', 10),
    pg_temp.at(n), pg_temp.at(n)
from generate_series(1, pg_temp.titles() / 2) n
on conflict do nothing;

update titles t set rating_sum = r.sum, rating_count = r.count, walks_count = w.count
from (select sum(rating), count(*) from reviews where title_id = pg_temp.id(1, 1)) r,
    (select count(*) from walks where title_id = pg_temp.id(1, 1)) w
where t.id = pg_temp.id(1, 1);

set session_replication_role = default;
