#!/bin/sh
# gs: a PostScript program rendered to a picture, which has to be the same byte for byte.
# needs: gs
set -eu
cat >"$1/page.ps" <<'PS'
%!PS
/Helvetica findfont 9 scalefont setfont
1 1 4 { pop 0 1 60 { /i exch def 0 1 60 { /j exch def
  i 60 div j 60 div 0.5 setrgbcolor newpath i 10 mul j 12 mul moveto 8 8 rlineto 8 0 rlineto closepath fill
  i 10 mul j 12 mul moveto i j mul 20 string cvs show } for } for showpage } for
PS
gs -q -dBATCH -dNOPAUSE -dSAFER -sDEVICE=png16m -r100 -sOutputFile="$1/page%d.png" "$1/page.ps"
sha256sum <"$1/page1.png"
gs -q -dBATCH -dNOPAUSE -dSAFER -sDEVICE=bbox "$1/page.ps" 2>&1 | head -2
