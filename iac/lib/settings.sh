# Shared by deploy and destroy: the settings and who we are. Settings are read, never run.
# shellcheck shell=bash disable=SC2016 # in single quotes stand backticks of messages and dollars of jq

declare -A setting=()

# Every fault is said with its line, then it ends. What a setting may be stands in the contract.
read_settings() {
    local file=$1 wanted=$2
    local line key value pattern not says private shown faults=0 number=0
    local -A patterns=() nots=() texts=() hidden=() lines=()
    [[ -f $file && -r $file ]] || die "there are no settings in \`$file\`" "copy iac/settings.example.env and fill it in"

    # Last is what may be empty: tabs before it would be taken for one.
    jq --raw-output '.settings | to_entries[] | [.key, (.value.private // false), .value.pattern, .value.says, .value.not // ""] | join("\t")' "$contract" >"$work/known"
    while IFS=$'\t' read -r key private pattern says not; do
        patterns[$key]=$pattern nots[$key]=$not texts[$key]=$says hidden[$key]=$private
    done <"$work/known"
    [[ ${#patterns[@]} -gt 0 ]] || die "the contract has no settings"

    while IFS= read -r line || [[ -n $line ]]; do
        number=$((number + 1))
        [[ ! $line =~ ^[[:blank:]]*(#.*)?$ ]] || continue
        if [[ ! $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]]; then
            error "$file, line $number: not of the form KEY=value"
            faults=1
            continue
        fi
        key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
        if [[ -z ${patterns[$key]-} ]]; then
            # Its value is not shown: who takes this for a place for secrets has one in it.
            error "$file, line $number: there is no setting \`$key\`"
            faults=1
        elif [[ -n ${lines[$key]-} ]]; then
            error "$file, line $number: \`$key\` stands in line ${lines[$key]} already"
            faults=1
        elif [[ $value == *[[:cntrl:]]* || ! $value =~ ${patterns[$key]} || (-n ${nots[$key]} && $value =~ ${nots[$key]}) ]]; then
            shown=${value@Q}
            [[ ${hidden[$key]} == false ]] || shown='something else'
            error "$file, line $number: \`$key\` has to be ${texts[$key]}, and is $shown"
            faults=1
        fi
        lines[$key]=$number
        setting[$key]=$value
    done <"$file"

    while IFS=$'\t' read -r key private pattern says not; do
        if [[ -z ${lines[$key]-} ]]; then
            error "$file: \`$key\` is missing: $says"
            faults=1
        fi
    done <"$work/known"
    [[ $faults -eq 0 ]] || exit 1
    # Gates call it by one name, the folder of its Terraform has another.
    folder=$(jq --raw-output --arg name "${setting[ENVIRONMENT]}" '.environments[$name] // ""' "$contract")
    [[ -n $folder ]] || die "the contract has no environment \`${setting[ENVIRONMENT]}\`"
    if [[ -n $wanted && $wanted != "$folder" ]]; then
        die "$file is of the environment \`$folder\`, and \`$wanted\` was asked for"
    fi

    # Into files: a mail address on a command line can be read by everybody on the machine.
    for key in "${!setting[@]}"; do
        printf '%s\t%s\n' "$key" "${setting[$key]}"
    done >"$work/settings"
    jq --raw-input --null-input '[inputs | split("\t") | {key: .[0], value: .[1]}] | from_entries' "$work/settings" >"$work/settings.json"
    stem=${setting[PROJECT]}-${setting[ENVIRONMENT]}
    # Where its state and its lock are in the bucket, which other projects of the account use, too.
    place=gate/${setting[PROJECT]}/$folder
    # What a file's setting names stands in the project, wherever we were called.
    cd -- "$iac/.." || exit
}

# The account that answers has to be the one of the settings, and so the region.
check_identity() {
    local variable said account
    for variable in AWS_REGION AWS_DEFAULT_REGION; do
        said=${!variable-}
        [[ -z $said || $said == "${setting[REGION]}" ]] ||
            die "$variable is \`$said\`, and the settings say \`${setting[REGION]}\`" "unset it, or mend the settings"
    done
    export AWS_REGION=${setting[REGION]} AWS_DEFAULT_REGION=${setting[REGION]}
    # No pager, no question, and no table where JSON is read.
    export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off AWS_DEFAULT_OUTPUT=json TF_IN_AUTOMATION=1 TF_INPUT=0

    aws sts get-caller-identity >"$work/identity.json" ||
        die "AWS does not say who we are" "sign in first: \`aws configure\`, \`aws sso login\`, or a role"
    account=$(jq --raw-output '.Account // ""' "$work/identity.json")
    identity=$(jq --raw-output '.Arn // ""' "$work/identity.json")
    say "account $account, region ${setting[REGION]}, as $identity"
    [[ $account == "${setting[ACCOUNT]}" ]] ||
        die "these credentials are of account \`$account\`, and the settings say \`${setting[ACCOUNT]}\`"
}
