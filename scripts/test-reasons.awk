# Out of AVA's report: a line for each failed test, "TITLE<tab>where it was: why", of one line and 240 characters at most.
BEGIN { FS = "\n"; isReport = 0 }
/^  ✘ \[fail\]: / { title = substr($0, index($0, ": ") + 2); sub(/ (Rejected promise returned by test|Test timeout exceeded)$/, "", title); failed[title] = 1; next }
/^    ℹ / && !isReport { if (title != "") step[title] = substr($0, index($0, "ℹ") + length("ℹ ")); next }
/^  ✔ / { title = ""; next }
/^  ─$/ { isReport = 1; title = ""; next }
!isReport { next }
substr($0, 3) in failed { tell(); title = substr($0, 3); why = ""; isDifference = 0; next }
title == "" { next }
/^  Difference / { isDifference = 1; next }
isDifference && !/^  [-+] / { next }
/^ *$|^ *ℹ|^ +[0-9]+: |^      at |^  ›|^  (build|test)\/[^ ]*:[0-9]+$|^  (Rejected|Returned) promise |^  Error \{$/ { next }
length(why) < 240 { line = $0; gsub(/^ +| +$|␊|^ *message: `?|`,?$/, "", line); gsub(/[[:cntrl:]]/, "?", line); why = why (why == "" ? "" : " | ") line }
END { tell() }

function tell() {
	if (title != "" && why != "") print title "\t" substr((title in step ? step[title] ": " : "") why, 1, 240)
}
