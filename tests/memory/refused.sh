# refused.sh SOURCE COMMAND...: COMMAND SOURCE mean 8M must be refused, and must work with the budget that the refusal names.
set -u
source=$1
shift
refusal=$("$@" "$source" mean 8M 2>&1) && { echo "8M was not refused: $refusal"; exit 1; }
budget=$(printf '%s' "$refusal" | sed -n "s/.*use option 'memory' \([0-9]*M\) or more.*/\1/p" | head -n 1)
[ -n "$budget" ] || { echo "no budget is named: $refusal"; exit 1; }
exec "$@" "$source" mean "$budget"
