# To be read by other scripts: `left_out SCRIPT WHAT WHY` says that something was not checked for want of a tool. False on
# a machine where nothing may be left out.
left_out() {
  echo "$1: NOTICE: $2 not checked, because there is $3."
  [ "${CI:-}" != true ]
}
