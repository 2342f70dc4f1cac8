// The search of the guide as files. It loads its index when something is looked for, not before, and cuts text as core/segments.py does.
// Written into its page without comments and blanks (guide_site.py); 3 KB is all it may weigh, hence the short names.
(() => {
  const page = document, form = page.forms[0], q = form.q, out = page.getElementById("found"), say = out.dataset, make = n => page.createElement(n)
  let docs, ix
  const fold = s => s.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").normalize("NFC").replace(/[\u3041-\u3096]/g, c => String.fromCharCode(c.charCodeAt() + 96))
  const words = s => (s.match(/[a-z0-9]+/g) || []).map(w => w.length > 3 && /[^s\d]s$/.test(w) ? w.slice(0, -1) : w)
  const two = s => (s.match(/[\u30a1-\u30fc\u3005\u3400-\u9fff]+/g) || []).flatMap(r => r.length < 2 ? r : [...r.slice(1)].map((c, i) => r[i] + c))
  const plain = s => (s = fold(s), ` ${words(s.replace(/([a-z]+)(\d+)/g, "$& $1 $2")).join(" ")} ${s}`)
  const has = (s, p) => s.includes(/[a-z0-9]/.test(p) ? ` ${p}${p.length < 3 || p > 0 ? " " : ""}` : p)
  const fit = (d, p) => has(d.a, p) ? 4 : has(d.c, p) ? 2 : 0
  const gap = (a, b) => {
    let row = [...Array(b.length + 1).keys()], old
    for (let i = 0; i < a.length; i++) {
      const now = [i + 1]
      for (let j = 0; j < b.length; j++) {
        now[j + 1] = Math.min(row[j + 1] + 1, now[j] + 1, row[j] + (a[i] != b[j]), i && j && a[i] == b[j - 1] && a[i - 1] == b[j] ? old[j - 1] + 1 : 9)
      }
      old = row
      row = now
    }
    return row[b.length]
  }
  const fill = () => {
    const add = (path, title, a, c, first) => docs.push({path, title, first, a: plain(title + "|" + a), c: plain(c)})
    docs = []
    for (const [path, title, a, first] of ix.p) add(path, title, a, "", first)
    ix.b.forEach(([id, name, a], at) => {
      const of = `guide/${id}`, to = Math.max(0, 9 - at)
      add(of, name, a, "", 60 + to)
      for (const [path, title, w, first] of ix.c) add(`${of}/${path}`, `${name} · ${title}`, a + "|" + w, "", first + to)
      for (const [b, path, title] of ix.s) b === at && add(`${of}/${path}`, `${name} · ${title}`, a, "", 20 + to)
      for (const [b, k, value] of ix.f) b === at && add(`${of}/${ix.h[ix.k[k][0]]}#${ix.k[k][1]}`, `${name} · ${ix.k[k][2]}`, a, value, to)
    })
  }
  const near = p => {
    let best = p, low = p[6] ? 3 : 2
    for (const d of docs) for (const w of d.a.match(/[a-z]+/g) || []) {
      const far = gap(p, w)
      if (far < low) low = far, best = w
    }
    return best
  }
  const show = () => {
    docs || fill()
    const t = q.value.slice(0, 80), m = fold(t.normalize("NFKC").replace(RegExp(ix.z, "g"), " "))
    let ps = [...words(m).filter(w => !ix.e.includes(w)), ...two(m)]
    if (!ps[0]) ps = words(fold(t))
    const count = p => docs.filter(d => fit(d, p)).length
    ps = [...new Set(ps)].slice(0, 24).map(p => count(p) || !/^[a-z]{4,}$/.test(p) ? p : near(p)).map(p => [p, 12 - Math.floor(Math.log2(count(p)))]).filter(p => p[1] < 13)
    let fits = docs.map(d => {
      let all = 0, sum = d.first, f
      for (const [p, n] of ps) if (f = fit(d, p)) all += n, sum += n * f * 12
      return {d, all, sum}
    }).filter(f => f.all)
    const most = Math.max(...fits.map(f => f.all))
    fits = fits.filter(f => f.all * 5 >= most * 3).sort((x, y) => y.sum - x.sum || x.d.a.length - y.d.a.length).slice(0, 20)
    out.replaceChildren(...fits.map(({d}) => {
      const item = make("li"), link = make("a")
      link.textContent = d.title
      link.href = d.path.replace(/(#|$)/, ".html$1")
      item.append(link)
      return item
    }))
    if (!fits[0]) out.textContent = say.nothing
  }
  const ask = () => {
    if (!q.value.trim()) return
    if (ix) return show()
    out.textContent = say.loading
    const el = make("script")
    window.found = i => (ix = i, show())
    el.src = "search-index.js"
    el.onerror = () => out.textContent = say.broken
    page.head.append(el)
  }
  form.onsubmit = e => (e.preventDefault(), ask())
  ask(q.value = new URLSearchParams(location.search).get("q") || "")
})()
