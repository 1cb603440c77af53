(function () {
  'use strict';
  var root = document.body.dataset.root || '', version, made, refresh = 30, staleAfter = 600, heard = Date.now();
  var polling = false, loading = false, missed = false, said;

  function byId(id) { return document.getElementById(id); }

  function age() {
    if (!made) return;
    var old = (Date.now() - made) / 1000 > staleAfter;
    byId('stale').hidden = !old;
    document.body.classList.toggle('stale', old);
  }

  function localTimes() {
    document.querySelectorAll('time[datetime]').forEach(function (time) {
      time.title = new Date(time.dateTime).toLocaleString();
    });
  }

  function takeOver(text, description) {
    var fresh = new DOMParser().parseFromString(text, 'text/html'), focus = document.activeElement, id = focus && focus.id;
    if (!fresh.getElementById('main')) return;
    fresh.querySelectorAll('details[id]').forEach(function (details) {
      var shown = byId(details.id);
      if (shown) details.open = shown.open;
    });
    var place = focus && focus.closest('details[id]');
    ['banner', 'main'].forEach(function (part) {
      var old = byId(part), now = fresh.getElementById(part);
      if (old && now) old.replaceWith(document.adoptNode(now));
    });
    document.title = fresh.title;
    var icon = document.querySelector('link[rel=icon]'), newIcon = fresh.querySelector('link[rel=icon]');
    if (icon && newIcon) icon.href = newIcon.href;
    if (place && byId(place.id)) byId(place.id).querySelector('summary').focus({preventScroll: true});
    else if (id && byId(id) && byId(id) !== document.activeElement) byId(id).focus({preventScroll: true});
    if (description !== said) byId('news').textContent = said = description;
    localTimes();
  }

  function load(live) {
    if (loading) { missed = true; return; }
    loading = true;
    fetch(location.pathname.replace(/\/$/, '/index.html'), {cache: 'no-cache'}).then(function (answer) {
      return answer.ok ? answer.text() : Promise.reject();
    }).then(function (text) {
      takeOver(text, live.description);
      version = live.version;
    }).catch(function () {}).then(function () {
      loading = false;
      if (missed) { missed = false; poll(); }
    });
  }

  function take(live) {
    heard = Date.now();
    made = Date.parse(live.generated_at);
    refresh = live.refresh_s;
    staleAfter = live.stale_after_s;
    var shown = byId('made');
    if (shown) {
      shown.dateTime = live.generated_at;
      shown.textContent = shown.textContent.replace(/\d\d:\d\d:\d\d/, live.generated_at.slice(11, 19));
    }
    age();
    if (version !== live.version) load(live);
  }

  function poll() {
    return fetch(root + 'live.json', {cache: 'no-cache'}).then(function (answer) {
      return answer.ok ? answer.json() : Promise.reject();
    }).then(take).catch(function () {});
  }

  function pollOn() {
    if (polling) return;
    polling = true;
    (function again() {
      poll().then(function () { setTimeout(again, refresh * 1000); });
    })();
  }

  var shown = byId('made');
  if (shown) {
    made = Date.parse(shown.dateTime);
    said = byId('banner').querySelector('h1').textContent;
  }
  age();
  localTimes();
  if (window.EventSource && location.protocol !== 'file:') {
    var source = new EventSource(root + 'events');
    source.onmessage = function (event) { take(JSON.parse(event.data)); };
    source.onerror = function () { if (source.readyState === EventSource.CLOSED) pollOn(); };
  } else if (location.protocol !== 'file:') {
    pollOn();
  }
  // A proxy may swallow the events, and a computer may have slept.
  setInterval(function () {
    age();
    if (!polling && (Date.now() - heard) / 1000 > 2 * refresh + 10) poll();
  }, 10000);
  document.addEventListener('visibilitychange', function () {
    if (!document.hidden && (Date.now() - heard) / 1000 > refresh) poll();
  });
})();
