# Shared by deploy and destroy: one run at a time, on this machine and on all others.
# shellcheck shell=bash disable=SC2016 # in single quotes stand backticks of messages and dollars of jq

# Terraform locks its state, and a stack refuses a second update; between the two nothing would.
lock() {
    local root=$1
    # The folder holds what `terraform init` keeps; two runs in it would take each other's plans.
    exec {lock_fd}<"$root"
    flock --nonblock "$lock_fd" || die "another run is at work in \`$root\` on this machine"

    lock_key=$place/deploy.lock.json
    printf '%s\t%s\t%s\t%s\t%s\n' "$identity" "${HOSTNAME:-unknown}" "$$" "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" "${0##*/}" |
        jq --raw-input 'split("\t") | {owner: .[0], host: .[1], process: .[2], since: .[3], command: .[4]}' >"$work/lock.json"
    if ! aws s3api put-object --bucket "${setting[STATE_BUCKET]}" --key "$lock_key" --body "$work/lock.json" \
        --if-none-match '*' --expected-bucket-owner "${setting[ACCOUNT]}" >"$work/locked.json" 2>"$work/refused"; then
        if aws s3api get-object --bucket "${setting[STATE_BUCKET]}" --key "$lock_key" \
            --expected-bucket-owner "${setting[ACCOUNT]}" "$work/held.json" >/dev/null 2>&1; then
            die "another run holds the lock: $(jq '{command, owner, host, since}' --compact-output "$work/held.json" || true)" \
                "wait for it; if it was killed: aws s3 rm s3://${setting[STATE_BUCKET]}/$lock_key"
        fi
        cat -- "$work/refused" >&2
        die "the lock in bucket \`${setting[STATE_BUCKET]}\` can't be taken" "terraform/bootstrap makes the bucket"
    fi
}

# Only the one that we made: somebody may have removed ours meanwhile, and made another. That we made one is known by the
# answer of the service, which is there before a signal can stop us.
unlock() {
    local tag
    [[ -n $work && -s $work/locked.json ]] || return 0
    tag=$(jq --raw-output '.ETag // ""' "$work/locked.json") || tag=
    if [[ -n $tag ]] && aws s3api delete-object --bucket "${setting[STATE_BUCKET]}" --key "$lock_key" --if-match "$tag" \
        --expected-bucket-owner "${setting[ACCOUNT]}" >/dev/null; then
        return 0
    fi
    error "the lock could not be given back" "remove it: aws s3 rm s3://${setting[STATE_BUCKET]}/$lock_key"
    return 1
}
