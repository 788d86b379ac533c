#!/bin/sh
# Stands in for the program: notes how it was called, and answers what the file `mode` beside it says.
here=$(dirname "$0")
printf '%s\n' "$*" >>"$here/calls"
env >"$here/env"
subject= signed= gate=$2
for argument in "$@"; do
    case "$argument" in
    --subject=*) subject=${argument#--subject=} ;;
    --report=*) cat "${argument#--report=*=}" >>"$here/report" ;;
    --metrics=*) echo '{"_aws":{"metrics":"canary"}}' >"${argument#--metrics=}" ;;
    --attestation-output=*) signed=${argument#--attestation-output=} ;;
    --environment=*) environment=${argument#--environment=} ;;
    esac
done
name=${subject%@*}
about="{\"name\":\"$name\"}"
[ "$name" = "$subject" ] || about="{\"name\":\"$name\",\"digest\":\"${subject#*@}\"}"
record=sha256:$(printf '%064d' 7)
read -r mode code <"$here/mode"
echo "said on stderr: $mode" >&2

if [ "$1" = publish ]; then
    read -r code <"$here/publish"
    exit "$code"
fi
case "$mode" in
killed) kill -9 $$ ;;
late)
    # Whoever reads from there hears when the last process that has it is gone.
    sleep 600 >"$here/alive" &
    wait
    ;;
garbage) printf '{"format":' ;;
flood) yes '                                                                ' | head -c 70000000 ;;
silent) ;;
*)
    if [ "$1" = verify ]; then
        printf '{"format":"gate-verification/1","verified":%s,"subject":%s,"refused":[{"code":"no-attestation","gate":"dast"}]}' \
            "$mode" "$about"
        exit "$code"
    fi
    if [ -n "$signed" ] && [ -e "$here/signs" ]; then
        mkdir "$signed" && echo '{}' >"$signed/$gate.dsse.json"
    fi
    printf '{"format":"gate-verdict/1","outcome":"%s","exit_code":%s,"gate":"%s","environment":"%s","record":"%s","subject":%s}' \
        "$mode" "$code" "$gate" "$environment" "$record" "$about"
    ;;
esac
exit "${code:-0}"
