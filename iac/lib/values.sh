# Values that cross from one part of the factory to another. The contract says which; nothing here knows their names.
# shellcheck shell=bash disable=SC2016 # in single quotes stand backticks of messages and dollars of jq

# Of each row: where its value comes from, as `setting`, `output`, `file` or `stack NAME`, and by which name.
rows=()
declare -A source_of=() key_of=() known=()
# Of each stack: lines of a parameter and the row that it is given.
declare -A parameters_of=()

read_contract() {
    local name source key stack parameter
    # By way of files: the failure of a command in `< <(…)` is not seen.
    jq --raw-output '.values[] | [.name] +
        (.from | if .stack then ["stack " + .stack, .output] else (to_entries[0] | [.key, .value]) end) | join("\t")' \
        "$contract" >"$work/rows"
    jq --raw-output '.values[] | .name as $name | (.parameters // {}) | to_entries[] | .key as $parameter
        | .value[] | [., $parameter, $name] | join("\t")' "$contract" >"$work/takers"
    while IFS=$'\t' read -r name source key; do
        rows+=("$name")
        source_of[$name]=$source key_of[$name]=$key
    done <"$work/rows"
    while IFS=$'\t' read -r stack parameter name; do
        parameters_of[$stack]+=$parameter$'\t'$name$'\n'
    done <"$work/takers"
    [[ ${#rows[@]} -gt 0 && ${#parameters_of[@]} -gt 0 ]] || die 'the contract names no values'
}

# take WHAT SOURCE: the values that come from there, out of lines of names and values.
# What is missing or empty ends the run with its name: an empty parameter is taken by CloudFormation without a word.
take() {
    local what=$1 source=$2 key value name missing=''
    local -A given=()
    while IFS=$'\t' read -r key value; do
        [[ -z $key ]] || given[$key]=$value
    done
    for name in "${rows[@]}"; do
        [[ ${source_of[$name]} == "$source" ]] || continue
        key=${key_of[$name]}
        if [[ -n ${given[$key]-} ]]; then
            known[$name]=${given[$key]}
        else
            missing+="${missing:+, }\`$key\`"
        fi
    done
    [[ -n $missing ]] || return 0
    [[ -n $dry_run ]] || die "$what gives no $missing" 'nothing that needs it was changed'
    say "known after the change: $missing of $what"
}

# The outputs of Terraform, each in a line, lists joined by commas. What is no text, or a list with nothing or an empty text in it, is
# as good as missing; so is what would be more than one line.
output_lines='
    def text:
        if type == "array" then (map(text) | if any(. == "") then "" else join(",") end)
        elif type == "string" then gsub("^\\s+|\\s+$"; "") | if test("[\t\n\r]") then "" else . end
        elif type == "number" or type == "boolean" then tostring
        else "" end;
    to_entries[] | [.key, (.value.value | text)] | join("\t")'

value() {
    [[ -n ${known[$1]-} || -n $dry_run ]] || die "the value \`$1\` is not known" 'it is a row of contract.json'
    printf '%s' "${known[$1]-}"
}

# The parameters of a stack, as a file: values never stand on a command line.
parameters() {
    local stack=$1 parameter name missing=''
    while IFS=$'\t' read -r parameter name; do
        [[ -n $parameter ]] || continue
        [[ -n ${known[$name]-} ]] || missing+="${missing:+, }\`$parameter\`"
        printf '%s\t%s\n' "$parameter" "${known[$name]-}"
    done <<<"${parameters_of[$stack]-}" >"$work/parameters"
    [[ -z $missing || -n $dry_run ]] || die "stack \`$stack\` has no value for $missing"
    jq --raw-input --null-input '[inputs | split("\t") | {ParameterKey: .[0], ParameterValue: .[1]}]' \
        "$work/parameters" >"$work/parameters-$stack.json"
}
