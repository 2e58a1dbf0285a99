#!/bin/sh
# chromium: a headless browser of many processes renders a page with scripts and a canvas.
# needs: chromium
set -eu
cat >"$1/page.html" <<'HTML'
<!doctype html><title>t</title><div id="out"></div><canvas id="c" width="800" height="600"></canvas><script>
const words = []; for (let i = 0; i < 20000; i++) words.push('w' + (i * 7919 % 10007));
const list = document.createElement('ul');
for (const word of [...new Set(words)].sort().slice(0, 500)) {
  const item = document.createElement('li'); item.textContent = word; list.append(item);
}
document.getElementById('out').append(list);
const g = document.getElementById('c').getContext('2d');
for (let i = 0; i < 500; i++) { g.fillStyle = `hsl(${i},50%,50%)`; g.fillRect(i, i, 99, 99); }
document.title = String(g.getImageData(300, 300, 1, 1).data);
</script>
HTML
# A user's own profile is left alone; the sandbox does not work for root.
chromium --headless --no-sandbox --disable-gpu --user-data-dir="$1/profile" --virtual-time-budget=2000 \
    --dump-dom "file://$1/page.html" 2>"$1/log" || { tail -5 "$1/log"; exit 1; }
