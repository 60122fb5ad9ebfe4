{#- Not if a newer load is there (generations only grow, so their sum orders two states of the lake), nor if it is this
one. -#}
NOT EXISTS (
    SELECT 1 FROM nyc.newest_load
    WHERE generations > {{ load.generations }}
        OR (generations = {{ load.generations }} AND manifest_digest = '{{ load.digest }}')
)
