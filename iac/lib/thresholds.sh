# Labels of thresholds: which versions are the template's, and so what to go back to.
# shellcheck shell=bash disable=SC2016 # in single quotes stand backticks of messages and dollars of jq

# The label `deployed` stands at the version whose value is the template's. A value that somebody changed afterwards is never
# labelled, and one that is labelled already is not labelled again: each time would ring the alarm on thresholds.
label_thresholds() {
    local path name version state
    path=$(value thresholds)
    if [[ -z $path ]]; then
        printf 'thresholds: known when the stack is there\n'
        return
    fi
    # Of each parameter two lines: its name and its value.
    sed --quiet "s|^ *Name: !Sub /gate/\${Project}/\${Environment}/\(.*\)$|\1|p; s|^ *Value: '\({.*}\)'$|\1|p" \
        "$iac/cloudformation/foundation.yaml" >"$work/defaults"
    aws ssm get-parameters-by-path --path "$path" --recursive >"$work/thresholds.json"
    aws ssm get-parameters-by-path --path "$path" --recursive \
        --parameter-filters Key=Label,Option=Equals,Values=deployed >"$work/labelled.json"
    jq --null-input --raw-output --arg path "$path/" --rawfile defaults "$work/defaults" \
        --slurpfile now "$work/thresholds.json" --slurpfile labelled "$work/labelled.json" '
        def versions: [.[0].Parameters // [] | .[] | {key: .Name, value: .}] | from_entries;
        ($now | versions) as $now | ($labelled | versions) as $labelled
        | ($defaults | split("\n")) as $lines
        | range(0; ($lines | length) - 1; 2) | {name: ($path + $lines[.]), value: $lines[. + 1]}
        | $now[.name] as $found
        | [.name, ($found.Version // "no"),
            if $found == null then "missing"
            elif $found.Value != .value then "changed"
            elif $labelled[.name].Version == $found.Version then "labelled"
            else "new" end]
        | join("\t")' >"$work/thresholds"
    [[ -s $work/thresholds ]] || die 'iac/cloudformation/foundation.yaml has no thresholds'
    while IFS=$'\t' read -r name version state <&3; do
        case $state in
            missing) die "there is no threshold \`$name\`" "without it its gate ends in an error" ;;
            changed) say "threshold $name: version $version is somebody's own, and is not labelled" ;;
            labelled) ;;
            new) label_threshold "$name" "$version" ;;
        esac
    done 3<"$work/thresholds"
}

label_threshold() {
    if [[ -n $dry_run ]]; then
        printf 'threshold %s: version %s would be labelled `deployed`\n' "$1" "$2"
        return
    fi
    aws ssm label-parameter-version --name "$1" --parameter-version "$2" --labels deployed >"$work/label.json"
    # The service takes the call and names here what it did not do.
    jq --exit-status '.InvalidLabels // [] | length == 0' "$work/label.json" >/dev/null ||
        die "version $2 of \`$1\` can't be labelled \`deployed\`"
}
