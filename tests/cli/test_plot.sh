#!/bin/sh
# Every kind of plot, in every form, of studies that hold nothing, little or nonsense: one clear message or a sensible picture.
. "$(dirname "$0")/lib.sh"

study() { "$hox" search -q --max acc -n 1 -j 1 --seed 1 --name "$1" -p lr='log 1e-4 .. 1e-1' -p opt='sgd | adam(beta: 0.8 .. 0.99)' -- "$2" {lr} {opt.name} [{opt.beta}] >/dev/null 2>&1; }
kinds="history slice edf importance parallel curves pareto timeline"

cat >good.sh <<'END'
#!/bin/sh
echo "acc 0.5"
END
cat >bad.sh <<'END'
#!/bin/sh
exit 3
END
chmod +x good.sh bad.sh
study single ./good.sh
study failing ./bad.sh
for s in one two pair; do "$hox" import -q "$here/data/plots-$s.jsonl" || fail "import of $s"; done
# The log of a study before its first trial, and one whose values are not numbers.
head -n 2 "$here/data/plots-one.jsonl" | sed 's/"name":"one"/"name":"empty"/' >empty.jsonl
sed 's/"name":"one"/"name":"hollow"/; s/"value":[0-9.]*,//; s/,"value":[0-9.]*//' "$here/data/plots-one.jsonl" >hollow.jsonl
sed 's/"name":"one"/"name":"huge"/; s/\(trial.end.*"value":\)[0-9.]*/\11e308/' "$here/data/plots-one.jsonl" >huge.jsonl
sed 's/"name":"one"/"name":"same"/; s/\(trial.end.*"value":\)[0-9.]*/\10.25/' "$here/data/plots-one.jsonl" >same.jsonl
for s in empty hollow huge same; do "$hox" import -q $s.jsonl || fail "import of $s"; done

for study in single failing empty hollow huge same one; do
    case $study in
    hollow) forms="-f_table -f_tsv -o_p.svg" ;;
    huge) forms="-f_table -o_p.svg" ;;
    one) forms="-f_table -f_tsv -f_json -o_p.svg -o_p.png" ;;
    *) forms=-f_table ;;
    esac
    for kind in $kinds; do
        for form in $forms; do
            form="${form%_*} ${form#*_}"
            rm -f p.svg p.png
            LC_ALL=C "$hox" plot $kind $study $form >out 2>err </dev/null
            got=$?
            case $got in
            0) case $form in
               *json) json out ;;
               *svg) says p.svg '</svg>' ; ! grep -qE 'nan|inf' p.svg || fail "$kind $study: not a number in the SVG" ;;
               *png) [ "$(head -c 4 p.png | tail -c 3)" = PNG ] || fail "$kind $study: no PNG" ;;
               *tsv) [ "$(wc -l <out)" -gt 1 ] || fail "$kind $study: no rows and no word" ;;
               esac ;;
            1) [ "$(grep -c . err)" = 1 ] || { fail "$kind $study $form: not one message"; cat err >&2; } ;;
            3) grep -q cairo err || fail "$kind $study $form: exit 3" ;; # it is not on this machine
            *) fail "$kind $study $form: exit code $got"; cat err >&2 ;;
            esac
        done
    done
done

# One trial has a history; a study where nothing succeeded has none, but its failures have a timeline.
code 0 "$hox" plot history single -f table
says out 'history of single'
code 1 "$hox" plot history failing
says err 'no trial of failing has finished'
code 0 "$hox" plot timeline failing -f table
says out failed
code 1 "$hox" plot importance single
says err 'at least 4 finished trials; single has 1'
code 1 "$hox" plot importance same
says err 'equally good'
code 2 "$hox" plot history none
code 2 "$hox" plot

# What stands behind the picture adds up.
code 0 "$hox" plot importance two
awk -F '\t' 'NR > 1 { sum += $2 } END { exit !(sum > 0.999999 && sum < 1.000001) }' out || fail "importances do not add up to 1"
code 0 "$hox" plot edf two
[ "$(tail -n 1 out | cut -f 3)" = 1 ] || fail "the last share is not 1"

# A picture is the whole old or the whole new file; a folder that is not there is an error of the surroundings.
code 3 "$hox" plot edf two -o none/p.svg
code 2 "$hox" plot edf two -o p.gif
finish
