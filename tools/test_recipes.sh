#!/usr/bin/env bash
# Follows the recipes of CONTRIBUTING.md: applies each patch of tests/recipes to a copy of this checkout, and runs the tests that
# the patch names in its line "Tests:", on Sail.  tools/test_recipes.sh [NAME...]
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.venv/bin/python
root=$PWD
status=0

known=" $(basename --suffix .patch -a tests/recipes/*.patch | tr '\n' ' ')"
for name in "$@"; do
    [[ $known == *" $name "* ]] || { echo "no recipe is called $name; there are:$known" >&2 && exit 2; }
done

for patch in tests/recipes/*.patch; do
    name=$(basename "$patch" .patch)
    [[ $# -eq 0 || " $* " == *" $name "* ]] || continue
    copy=build/recipes/$name
    rm -rf "$copy"
    mkdir -p "$copy"
    git ls-files -z --cached | xargs -0 cp --parents --target-directory "$copy"
    read -ra tests <<<"$(sed -n 's/^Tests: //p' "$patch")"
    echo "== $name: ${tests[*]:?"$patch has no line Tests:"}"
    # Chained, as `set -e` has no effect before `||`. A repository of its own: else `git apply` takes the one above.
    (
        cd "$copy" &&
            git init --quiet . &&
            git apply "$root/$patch" &&
            "$python" -m schemas docs &&
            "$python" -m data_samples.defects_page &&
            "$python" -m pytest --engine sail -q -p no:cacheprovider -n 2 --dist loadfile "${tests[@]}"
    ) || { status=1 && echo "== $name: FAILED"; }
done
exit "$status"
