-- How many records are not as the application keeps them: sums and counts that are not those of the records, words
-- that are not the name's, and what points at nothing.
select (
    select count(*) from titles t
    left join (select title_id, sum(rating), count(*) from reviews group by title_id) r on r.title_id = t.id
    left join (select title_id, count(*) from walks group by title_id) w on w.title_id = t.id
    left join (select title_id, count(*), min(type) as least, max(type) as most from title_words group by title_id) s
        on s.title_id = t.id
    where (t.rating_sum, t.rating_count, t.walks_count)
            is distinct from (coalesce(r.sum, 0), coalesce(r.count, 0), coalesce(w.count, 0))
        or s.count is distinct from cardinality(string_to_array(t.name, ' ')) or s.least <> t.type or s.most <> t.type
) + (
    select count(*) from title_words s where not exists (select from titles t where t.id = s.title_id)
) + (
    select count(*) from reviews r where not exists (select from titles t where t.id = r.title_id)
        or not exists (select from users u where u.id = r.user_id)
) + (
    select count(*) from walks w where not exists (select from titles t where t.id = w.title_id)
        or not exists (select from users u where u.id = w.user_id)
) + (
    select count(*) from users u full join profiles p on p.user_id = u.id where u.id is null or p.user_id is null
)
