-- Counts every figure of a public report again, by DuckDB alone: from the archive of a ledger (docs/archive.md) and the orders as
-- JSON (docs/orders-file.md). No code of bailiwick is used, so whoever has the archive can hold the report against it.
--
-- The result is exact, before small numbers are suppressed: it must not be published. docs/engines.md says how to compare.
--
--     SET VARIABLE archive = '2026.parquet';     -- or a list, or a pattern such as '2026-*.parquet'
--     SET VARIABLE orders = 'orders.json';
--     SET VARIABLE period_from = TIMESTAMPTZ '2026-01-01 00:00:00+00';
--     SET VARIABLE period_until = TIMESTAMPTZ '2026-02-01 00:00:00+00';
--
-- The columns are named as the fields of the report's CSV.

WITH
-- Subdivisions that are territories of their own in ISO 3166-1, and are read as these (docs/orders-file.md, Regions).
territories (code, territory) AS (
    VALUES ('CN-HK', 'HK'), ('CN-91', 'HK'), ('CN-MO', 'MO'), ('CN-92', 'MO'), ('CN-TW', 'TW'), ('CN-71', 'TW'),
        ('FR-GP', 'GP'), ('FR-971', 'GP'), ('FR-MQ', 'MQ'), ('FR-972', 'MQ'), ('FR-GF', 'GF'), ('FR-973', 'GF'),
        ('FR-RE', 'RE'), ('FR-974', 'RE'), ('FR-YT', 'YT'), ('FR-976', 'YT'), ('FR-BL', 'BL'), ('FR-MF', 'MF'),
        ('FR-NC', 'NC'), ('FR-PF', 'PF'), ('FR-PM', 'PM'), ('FR-TF', 'TF'), ('FR-WF', 'WF'), ('US-AS', 'AS'),
        ('US-GU', 'GU'), ('US-MP', 'MP'), ('US-PR', 'PR'), ('US-UM', 'UM'), ('US-VI', 'VI'), ('NL-AW', 'AW'),
        ('NL-CW', 'CW'), ('NL-SX', 'SX'), ('NL-BQ1', 'BQ'), ('NL-BQ2', 'BQ'), ('NL-BQ3', 'BQ'), ('NO-21', 'SJ'),
        ('NO-22', 'SJ'), ('FI-01', 'AX')
),

docket AS (
    SELECT jurisdictions, orders
    FROM read_json(
        getvariable('orders'),
        columns = {
            jurisdictions: 'MAP(VARCHAR, VARCHAR[])',
            orders: 'STRUCT(id VARCHAR, issuer VARCHAR, status VARCHAR, received TIMESTAMPTZ, effective TIMESTAMPTZ,
                expires TIMESTAMPTZ, regions VARCHAR[], networks VARCHAR[], exempt VARCHAR[], demands VARCHAR[])[]'
        },
        maximum_object_size = 67108864
    )
),

groups AS (
    SELECT entry.key AS name, unnest(entry.value) AS region
    FROM (SELECT unnest(map_entries(jurisdictions)) AS entry FROM docket)
),

written AS (
    SELECT row_number() OVER () AS number, o.*
    FROM (SELECT unnest(orders) AS o FROM docket)
),

-- The orders, each with the name of its issuer: that of a group, or a region in upper case.
placed AS (
    SELECT
        written.* EXCLUDE (issuer),
        issuer AS written_issuer,
        issuer IN (SELECT name FROM groups) AS is_group,
        CASE WHEN issuer IN (SELECT name FROM groups) THEN issuer ELSE coalesce(territory, upper(issuer)) END AS issuer
    FROM written
    LEFT JOIN territories ON code = upper(issuer)
),

-- What the issuer of an order governs, and what the order names of it. A country covers its subdivisions.
governed AS (
    SELECT number, coalesce(territory, upper(region)) AS region
    FROM (
        SELECT number, region FROM placed JOIN groups ON is_group AND name = written_issuer
        UNION ALL
        SELECT number, issuer FROM placed WHERE NOT is_group
    )
    LEFT JOIN territories ON code = upper(region)
),

named AS (
    SELECT number, coalesce(territory, upper(region)) AS region
    FROM (SELECT number, unnest(regions) AS region FROM placed)
    LEFT JOIN territories ON code = upper(region)
),

-- Orders that name regions, and leave out a region that their issuer governs.
leaving_out AS (
    SELECT DISTINCT number
    FROM governed
    WHERE number IN (SELECT number FROM named)
        AND NOT EXISTS (
            SELECT 1 FROM named
            WHERE named.number = governed.number AND named.region IN (governed.region, split_part(governed.region, '-', 1))
        )
),

counted_orders AS (
    SELECT
        issuer,
        status,
        expires,
        coalesce(received >= getvariable('period_from') AND received < getvariable('period_until'), false) AS is_received,
        status = 'in-force'
            AND coalesce(received < getvariable('period_from'), true)
            AND coalesce(effective < getvariable('period_until'), true)
            AND coalesce(expires > getvariable('period_from'), true) AS is_carried_over,
        status = 'in-force' AND (
            len(coalesce(networks, [])) > 0 OR len(coalesce(exempt, [])) > 0
            OR number IN (SELECT number FROM leaving_out)
        ) AS is_narrowed,
        coalesce(demands, []) AS demands,
        -- Microseconds. An order that was to take effect before it was received took none. (`greatest` passes over nulls.)
        CASE
            WHEN status = 'in-force' AND received IS NOT NULL AND effective IS NOT NULL
                THEN greatest(epoch_us(effective) - epoch_us(received), 0)
        END AS wait
    FROM placed
),

figures_of_orders AS (
    SELECT
        issuer,
        count(*) FILTER (is_received) AS received,
        count(*) FILTER (is_received AND status IN ('received', 'under-review')) AS under_review,
        count(*) FILTER (is_received AND status = 'rejected') AS rejected,
        count(*) FILTER (is_received AND status = 'withdrawn') AS withdrawn,
        count(*) FILTER (
            is_received AND status = 'in-force' AND coalesce(expires > getvariable('period_until'), true)
        ) AS in_force,
        count(*) FILTER (is_received AND status = 'in-force' AND expires <= getvariable('period_until')) AS expired,
        count(*) FILTER (is_received AND is_narrowed) AS narrowed,
        count(*) FILTER (NOT is_received AND is_carried_over) AS carried_over,
        count(*) FILTER (is_received AND list_contains(demands, 'terminate-meeting')) AS terminate_meeting_demanded,
        count(*) FILTER (is_received AND list_contains(demands, 'suspend-host')) AS suspend_host_demanded,
        count(*) FILTER (is_received AND list_contains(demands, 'block-participants')) AS block_participants_demanded,
        count(*) FILTER (is_received AND list_contains(demands, 'disclose-data')) AS disclose_data_demanded,
        round(quantile_cont(wait, 0.5) FILTER (is_received) / 86400000000, 1) AS median_days
    FROM counted_orders
    GROUP BY GROUPING SETS ((issuer), ())
),

records AS (
    SELECT meeting, orders, verdict, region
    FROM read_parquet(getvariable('archive'))
    WHERE kind = 'record' AND time >= getvariable('period_from') AND time < getvariable('period_until')
),

-- The decisions of the period about meetings that an order in force named.
decisions AS (
    SELECT * FROM records WHERE verdict <> 'allow'
),

-- A decision is one of three, none of which ends a meeting or touches an account.
others AS (
    SELECT count(*) AS number FROM records WHERE verdict NOT IN ('allow', 'block-participant', 'keep-meeting')
),

-- An id that two issuers have belongs to neither.
issuers AS (
    SELECT id, CASE WHEN count(DISTINCT issuer) = 1 THEN any_value(issuer) END AS issuer
    FROM placed
    GROUP BY id
),

-- The party of each set of orders that decided together. Few sets occur, so that few rows are joined.
parties AS (
    SELECT
        orders,
        CASE
            WHEN count(*) FILTER (issuer IS NULL) = count(*) THEN 'not-in-docket'
            WHEN count(*) FILTER (issuer IS NULL) = 0 AND count(DISTINCT issuer) = 1 THEN 'issuer'
            ELSE 'several-issuers'
        END AS row,
        CASE WHEN count(*) FILTER (issuer IS NULL) = 0 AND count(DISTINCT issuer) = 1 THEN any_value(issuer) END AS issuer
    FROM (
        SELECT sets.orders, issuers.issuer
        FROM (SELECT orders, unnest(CASE WHEN len(orders) = 0 THEN [NULL] ELSE orders END) AS id
            FROM (SELECT DISTINCT orders FROM decisions)) AS sets
        LEFT JOIN issuers USING (id)
    )
    GROUP BY orders
),

figures_of_people AS (
    SELECT
        CASE WHEN grouping(row) = 1 THEN 'total' ELSE row END AS row,
        issuer,
        count(*) FILTER (verdict = 'block-participant') AS blocked,
        count(*) FILTER (verdict = 'keep-meeting' AND region NOT IN ('unknown', 'contested')) AS outside,
        count(*) FILTER (verdict = 'keep-meeting' AND region = 'unknown') AS unlocated,
        count(*) FILTER (verdict = 'keep-meeting' AND region = 'contested') AS contested,
        count(DISTINCT meeting) AS meetings_kept
    FROM decisions
    JOIN parties USING (orders)
    GROUP BY GROUPING SETS ((row, issuer), ())
),

-- A row for each issuer of the docket, for the total, and for other parties that have joins.
rows AS (
    SELECT CASE WHEN issuer IS NULL THEN 'total' ELSE 'issuer' END AS row, * FROM figures_of_orders
    UNION ALL BY NAME
    SELECT row, issuer FROM figures_of_people WHERE row IN ('several-issuers', 'not-in-docket')
)

SELECT
    rows.row,
    rows.issuer,
    coalesce(received, 0) AS received,
    coalesce(under_review, 0) AS under_review,
    coalesce(rejected, 0) AS rejected,
    coalesce(withdrawn, 0) AS withdrawn,
    coalesce(in_force, 0) AS in_force,
    coalesce(expired, 0) AS expired,
    coalesce(narrowed, 0) AS narrowed,
    coalesce(carried_over, 0) AS carried_over,
    coalesce(terminate_meeting_demanded, 0) AS terminate_meeting_demanded,
    (SELECT number FROM others) AS meetings_ended,
    coalesce(suspend_host_demanded, 0) AS suspend_host_demanded,
    (SELECT number FROM others) AS accounts_affected,
    coalesce(block_participants_demanded, 0) AS block_participants_demanded,
    coalesce(disclose_data_demanded, 0) AS disclose_data_demanded,
    median_days,
    coalesce(blocked, 0) AS blocked,
    coalesce(outside, 0) AS outside,
    coalesce(unlocated, 0) AS unlocated,
    coalesce(contested, 0) AS contested,
    coalesce(meetings_kept, 0) AS meetings_kept
FROM rows
LEFT JOIN figures_of_people AS people ON people.row = rows.row AND people.issuer IS NOT DISTINCT FROM rows.issuer
ORDER BY list_position(['issuer', 'several-issuers', 'not-in-docket', 'total'], rows.row), encode(rows.issuer);
