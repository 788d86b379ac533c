# Values that cross from one part of the factory to another. The contract says which; nothing here knows their names.
# shellcheck shell=bash disable=SC2016 # in single quotes stand backticks of messages and dollars of jq

# take WHAT KEY FILE: the values whose `from` has KEY, out of an object of names and values.
# take 'stack `events`' stack FILE events: those of one stack.
# What is missing or empty ends the run with its name: an empty parameter is taken by CloudFormation without a word.
take() {
    local what=$1 kind=$2 given=$3 stack=${4-} missing
    jq --null-input --slurpfile contract "$contract" --slurpfile given "$given" --arg kind "$kind" --arg stack "$stack" '
        def text:
            if type == "array" then (map(text) | if any(. == "") then "" else join(",") end)
            elif type == "string" then gsub("^\\s+|\\s+$"; "")
            elif type == "number" or type == "boolean" then tostring
            else "" end;
        [$contract[0].values[]
            | select(if $kind == "stack" then .from.stack == $stack else .from | has($kind) end)
            | (if $kind == "stack" then .from.output else .from[$kind] end) as $key
            | {name, key: $key, value: ($given[0][$key] | text)}]' >"$work/taken.json"
    missing=$(jq --raw-output 'map(select(.value == "") | "`" + .key + "`") | join(", ")' "$work/taken.json")
    if [[ -n $missing ]]; then
        [[ -n $dry_run ]] || die "$what gives no $missing" "nothing that needs it was changed"
        say "known after the change: $missing of $what"
    fi
    jq --slurpfile taken "$work/taken.json" '. + ($taken[0] | map(select(.value != "") | {key: .name, value}) | from_entries)' \
        "$work/values.json" >"$work/values.new"
    mv -- "$work/values.new" "$work/values.json"
}

value() {
    local said
    said=$(jq --raw-output --arg name "$1" '.[$name] // ""' "$work/values.json")
    [[ -n $said || -n $dry_run ]] || die "the value \`$1\` is not known" "it is a row of contract.json"
    printf '%s' "$said"
}

# The parameters of a stack, as a file: values never stand on a command line.
parameters() {
    local missing
    jq --null-input --slurpfile contract "$contract" --slurpfile values "$work/values.json" --arg stack "$1" '
        [$contract[0].values[] | .name as $name
            | (.parameters // {}) | to_entries[] | select(.value | index($stack))
            | {ParameterKey: .key, ParameterValue: $values[0][$name]}]' >"$work/parameters-$1.json"
    missing=$(jq --raw-output 'map(select(.ParameterValue == null) | "`" + .ParameterKey + "`") | join(", ")' "$work/parameters-$1.json")
    [[ -z $missing || -n $dry_run ]] || die "stack \`$1\` has no value for $missing"
}
