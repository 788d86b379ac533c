#!/usr/bin/env bash
# Stands in for `aws`, `terraform` and `gate`: writes down what it is asked, and answers out of the folder STAND_IN. It uses no
# other program where it can: thousands of its runs make one test.
set -euo pipefail

me=${0##*/}
state=$STAND_IN
printf '%q ' "$me" "$@" >>"$state/calls"
printf '\n' >>"$state/calls"
mapfile -t calls <"$state/calls"

words="$me $*"
# Whether this is the call with that number, or one with that text in its words.
is() {
    case $1 in
        '') return 1 ;;
        *[!0-9]*) [[ $words == *"$1"* ]] ;;
        *) [[ ${#calls[@]} -eq $1 ]] ;;
    esac
}

if is "${REFUSE-}"; then
    echo 'An error occurred (AccessDenied): refused by the test' >&2
    exit 254
fi
if is "${STOP-}"; then
    trap 'echo ended >>"$STAND_IN/ended"; exit 143' TERM
    kill -TERM "$SCRIPT"
    if [[ -n ${LINGER-} ]]; then
        # Until it is told to end: nobody ever writes into this.
        mkfifo "$state/never"
        exec 9<>"$state/never"
        read -r -u 9
    fi
fi
if is "${MEANWHILE-}"; then
    env -u MEANWHILE bash -c "$MEANWHILE_RUN" >"$state/meanwhile.out" 2>&1 && code=0 || code=$?
    echo "$code" >"$state/meanwhile.code"
fi

# The value behind an option.
option() {
    local previous='' word
    for word in "${arguments[@]}"; do
        if [[ $previous == "$1" ]]; then
            printf '%s' "$word"
            return
        fi
        previous=$word
    done
}
arguments=("$@")

canned() {
    if [[ -f $state/answers/$1 ]]; then
        printf '%s\n' "$(<"$state/answers/$1")"
    else
        echo '{}'
    fi
}

terraform_asked() {
    local backend
    [[ $1 != -chdir=* ]] || shift
    # A state is there from its first `apply` on, under the key that `init` was given last.
    [[ ! -f $state/key ]] || backend=$state/states/$(<"$state/key")
    case $1 in
        init)
            for word in "$@"; do
                [[ $word == -backend-config=* ]] || continue
                [[ $(<"${word#*=}") =~ \"key\":\ \"([^\"]*)\" ]]
                printf '%s' "${BASH_REMATCH[1]//\//%}" >"$state/key"
            done
            ;;
        version) echo '{"terraform_version": "1.11.4"}' ;;
        plan)
            for word in "$@"; do
                [[ $word != -out=* ]] || echo plan >"${word#-out=}"
                [[ $word != -var-file=* ]] || cp "${word#-var-file=}" "$state/variables.json"
            done
            [[ -f $backend && " $* " != *' -destroy '* ]] || exit 2
            ;;
        apply) touch "$backend" ;;
        output)
            if [[ -f $backend ]]; then canned terraform.output; else echo '{}'; fi
            ;;
        state)
            if [[ ! -f $backend ]]; then
                echo 'No state file was found!' >&2
                exit 1
            fi
            canned terraform.state
            ;;
    esac
}

# The parameters that a stack was given, as the service shows them.
parameters() {
    local line separator=''
    printf '['
    while IFS= read -r line; do
        [[ $line =~ ^[[:space:]]*\"([^=]+)=(.*)\",?$ ]] || continue
        printf '%s{"ParameterKey": "%s", "ParameterValue": "%s"}' "$separator" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
        separator=,
    done <"$state/parameters/$1"
    printf ']'
}

stacks() {
    local file name separator=''
    printf '{"Stacks": ['
    for file in "$state"/stacks/*; do
        [[ -f $file ]] || continue
        name=${file##*/}
        printf '%s{"StackName": "%s", "StackStatus": "%s", "Outputs": %s, "Parameters": %s}' "$separator" "$name" "$(<"$file")" \
            "$(canned "stack.${name##*-}")" "$(parameters "$name")"
        separator=,
    done
    printf ']}\n'
}

# The versions that were labelled.
labelled() {
    local name version separator=''
    printf '{"Parameters": ['
    if [[ -f $state/labels ]]; then
        while read -r name version; do
            printf '%s{"Name": "%s", "Version": %s}' "$separator" "$name" "$version"
            separator=,
        done <"$state/labels"
    fi
    printf ']}\n'
}

aws_asked() {
    local key object name
    key=$(option --key)
    object=$state/objects/${key//\//%}
    name=$(option --stack-name)
    case "$1 ${2-}" in
        '--version '*) echo 'aws-cli/2.31.0 Python/3.13 Linux' ;;
        's3api put-object')
            if [[ -f $object ]]; then
                echo 'An error occurred (PreconditionFailed) when calling the PutObject operation' >&2
                exit 254
            fi
            cp "$(option --body)" "$object"
            printf '%s' "$(option --checksum-sha256)" >"$state/checksums/${object##*/}"
            echo '{"ETag": "\"a tag\""}'
            ;;
        's3api get-object')
            [[ -f $object ]] || exit 254
            cp "$object" "${arguments[-1]}"
            ;;
        's3api head-object')
            [[ -f $object ]] || exit 254
            printf '{"ChecksumSHA256": "%s"}\n' "$(<"$state/checksums/${object##*/}")"
            ;;
        's3api delete-object') rm "$object" ;;
        'cloudformation describe-stacks') stacks ;;
        'cloudformation deploy')
            key=$(option --parameter-overrides)
            cp "${key#file://}" "$state/parameters/$name"
            key=${key#file://}
            find "${key%/*}" -printf '%m %P\n' >>"$state/modes"
            echo CREATE_COMPLETE >"$state/stacks/$name"
            ;;
        'cloudformation delete-stack') rm -f "$state/stacks/$name" ;;
        'codebuild batch-get-projects')
            key=$(<"$state/parameters/shop-dev-pipeline")
            [[ $key =~ \"BuildspecsDigest=([0-9a-f]*)\" ]]
            name=$(canned codebuild.batch-get-projects)
            printf '%s\n' "${name//DIGEST/${BASH_REMATCH[1]}}"
            ;;
        'ssm get-parameters-by-path')
            if [[ $words == *Key=Label,Option=Equals,Values=deployed* ]]; then labelled; else canned "$1.$2"; fi
            ;;
        'ssm label-parameter-version')
            printf '%s %s\n' "$(option --name)" "$(option --parameter-version)" >>"$state/labels"
            canned "$1.$2"
            ;;
        'lambda get-function-configuration')
            for object in "$state"/checksums/function*; do
                printf '{"State": "Active", "CodeSha256": "%s"}\n' "$(<"$object")"
            done
            ;;
        *) canned "$1.$2" ;;
    esac
}

case $me in
    aws) aws_asked "$@" ;;
    terraform) terraform_asked "$@" ;;
esac
