# Shared by deploy and destroy: stacks of CloudFormation.
# shellcheck shell=bash disable=SC2016 # in single quotes stand backticks of messages and dollars of jq

# Of each stack that is there its status, and lines of its outputs.
declare -A status_of=() outputs_of=()

# All that there are: asked for one that is not there, the service fails as it does when access is denied.
look_at_stacks() {
    local name status key value
    aws cloudformation describe-stacks >"$work/stacks.json" || die "the stacks can't be listed"
    jq --raw-output --arg stem "$stem-" '.Stacks[] | select(.StackName | startswith($stem))
        | [.StackName, .StackStatus] + ((.Outputs // [] | map([.OutputKey, .OutputValue]) | .[]), ["", ""]) | join("\t")' \
        "$work/stacks.json" >"$work/stacks"
    status_of=() outputs_of=()
    while IFS=$'\t' read -r name status key value; do
        status_of[$name]=$status
        [[ -z $key ]] || outputs_of[$name]+=$key$'\t'$value$'\n'
    done <"$work/stacks"
}

# Functions that reserve some of the account's concurrency are refused where fewer than 100 would be left for all others, after
# half an hour and with words that nobody understands. New accounts have 10 in all.
check_concurrency() {
    local line reserved=0 free
    while IFS= read -r line; do
        [[ ! $line =~ ReservedConcurrentExecutions:\ ([0-9]+) ]] || reserved=$((reserved + BASH_REMATCH[1]))
    done <"$iac/cloudformation/events.yaml"
    aws lambda get-account-settings >"$work/account.json"
    free=$(jq '.AccountLimit.UnreservedConcurrentExecutions | numbers' "$work/account.json")
    [[ -n $free ]] || die 'AWS Lambda does not say how much concurrency the account has'
    [[ $free -lt $((reserved + 100)) ]] || return 0
    # Theirs is no longer free where they are there already.
    look_at_stacks
    case ${status_of[$stem-events]-} in
        CREATE_COMPLETE | UPDATE_*) ;;
        *)
            die "functions reserve $reserved of the concurrency in ${setting[REGION]} and have to leave 100, and $free are free" \
                "have it raised: aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000"
            ;;
    esac
}

take_stack() {
    take "stack \`$1\`" "stack $1" <<<"${outputs_of[$stem-$1]-}"
}

# What failed in a stack, newest first. Only said: the run ends anyway.
say_why() {
    aws cloudformation describe-stack-events --stack-name "$stem-$1" --max-items 100 >"$work/events.json" || return 0
    jq --raw-output '[.StackEvents[] | select(.ResourceStatus | endswith("_FAILED"))][:10][]
        | "  \(.LogicalResourceId) (\(.ResourceType)): \(.ResourceStatusReason // "no reason given")"' "$work/events.json" >&2 || true
}

deploy_stack() {
    local stack=$1 status
    status=${status_of[$stem-$stack]-}
    parameters "$stack"
    case $status in
        '' | REVIEW_IN_PROGRESS | CREATE_COMPLETE | UPDATE_COMPLETE | UPDATE_ROLLBACK_COMPLETE | IMPORT_COMPLETE) ;;
        ROLLBACK_COMPLETE) ;;
        *_IN_PROGRESS) die "stack \`$stem-$stack\` is at work: $status" "wait until it is done" ;;
        *) die "stack \`$stem-$stack\` can't be changed: $status" "look at it in the console; it needs a person" ;;
    esac
    if [[ -n $dry_run ]]; then
        would_deploy "$stack" "$status"
        return
    fi
    if [[ $status == ROLLBACK_COMPLETE ]]; then
        say "its first creation failed: what is left of it can only be removed"
        remove_stack "$stack"
    fi
    if ! attended aws cloudformation deploy --stack-name "$stem-$stack" --template-file "$iac/cloudformation/$stack.yaml" \
        --parameter-overrides "file://$work/parameters-$stack.json" --capabilities CAPABILITY_NAMED_IAM \
        --no-fail-on-empty-changeset --tags "project=${setting[PROJECT]}" "environment=${setting[ENVIRONMENT]}" >&2; then
        say_why "$stack"
        die "stack \`$stem-$stack\` was not deployed" "mend what failed and run it again"
    fi
    aws cloudformation update-termination-protection --stack-name "$stem-$stack" --enable-termination-protection >/dev/null
}

# What deploying would change, without even a change set: that would be an object of its own.
would_deploy() {
    local stack=$1 status=$2
    if [[ -z $status || $status == ROLLBACK_COMPLETE || $status == REVIEW_IN_PROGRESS ]]; then
        printf 'stack %s: would be created\n' "$stem-$stack"
    else
        aws cloudformation get-template --stack-name "$stem-$stack" --template-stage Original >"$work/template.json"
        if jq --exit-status --rawfile file "$iac/cloudformation/$stack.yaml" '.TemplateBody | type == "string" and rtrimstr("\n") == ($file | rtrimstr("\n"))' \
            "$work/template.json" >/dev/null; then
            printf 'stack %s: the template stays\n' "$stem-$stack"
        else
            printf 'stack %s: the template would change\n' "$stem-$stack"
        fi
    fi
    jq --raw-output --arg name "$stem-$stack" --slurpfile stacks "$work/stacks.json" '
        ([$stacks[0].Stacks[] | select(.StackName == $name) | .Parameters // [] | .[] | {key: .ParameterKey, value: .ParameterValue}] | from_entries) as $before
        | .[] | capture("^(?<key>[^=]+)=(?<value>.*)$") | select(.value != $before[.key])
        | "  \(.key): \($before[.key] // "(none)") -> \(.value | if . == "" then "(known after the change)" else . end)"' "$work/parameters-$stack.json"
}

# Deletes a stack and waits. What could not be deleted is named, with the reason.
remove_stack() {
    local stack=$1
    aws cloudformation update-termination-protection --stack-name "$stem-$stack" --no-enable-termination-protection >/dev/null
    aws cloudformation delete-stack --stack-name "$stem-$stack"
    if ! attended aws cloudformation wait stack-delete-complete --stack-name "$stem-$stack" >&2; then
        say_why "$stack"
        die "stack \`$stem-$stack\` was not deleted" "remove what stands in its way and run it again"
    fi
}
