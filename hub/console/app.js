// SPDX-License-Identifier: Apache-2.0
// The console works without this script; it adds fresh figures, printing, and keys.
(function () {
  'use strict';
  var doc = document;

  function each(selector, run) {
    Array.prototype.forEach.call(doc.querySelectorAll(selector), run);
  }

  // Does it hold another value than it came with?
  function isTouched(field) {
    if (field.options) { return field.selectedIndex > 0 && !field.options[field.selectedIndex].defaultSelected; }
    if (/^(checkbox|radio)$/.test(field.type)) { return field.checked !== field.defaultChecked; }
    return field.value !== field.defaultValue;
  }

  // Has somebody chosen or typed what is not sent yet, or is in a form just now? It would be lost.
  function isInUse(part) {
    return part.contains(doc.activeElement) && doc.activeElement.closest('form') ||
      Array.prototype.some.call(part.querySelectorAll('input, textarea, select'), isTouched);
  }

  // What can be unfolded, each with a name that it keeps.
  function eachFold(run) {
    var seen = {};
    each('#live details > summary', function (node) {
      var name = node.textContent;
      seen[name] = (seen[name] || 0) + 1;
      run(node.parentNode, name + seen[name]);
    });
  }

  // The new content, in which what was unfolded stays so.
  function replace(live, html) {
    var open = {};
    eachFold(function (fold, name) { open[name] = fold.open; });
    live.innerHTML = live.last = html;
    eachFold(function (fold, name) { fold.open = fold.open || open[name] === true; });
  }

  // Take the parts that may change from a fresh copy of this page.
  function refresh(live, then) {
    fetch(live.dataset.refresh + location.search, {credentials: 'same-origin', headers: {Accept: 'text/html'}})
      .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(answer.status); })
      .then(function (text) {
        var fresh = new DOMParser().parseFromString(text, 'text/html').getElementById('live');
        if (!fresh) { return; }
        if (fresh.innerHTML !== live.last) {
          if (isInUse(live)) { live.isBehind = true; return; } // until the form is left
          replace(live, fresh.innerHTML);
        }
        if (!fresh.dataset.refresh) {
          delete live.dataset.refresh;
          each('[data-while-live]', function (node) { node.hidden = true; });
        }
      })
      .catch(function () {})
      .then(then);
  }

  // Staff pages are told of events; a citizen's page asks, ever more seldom, so that it holds no connection.
  function follow(live) {
    live.last = live.innerHTML;
    var timer = 0, source, waits = [1500, 1500, 2000, 2000, 3000, 3000, 5000, 5000, 5000, 10000], turn = 0;

    function poll() {
      if (!live.dataset.refresh) { return; }
      timer = setTimeout(function () {
        if (doc.hidden) { poll(); } else { refresh(live, poll); }
      }, live.dataset.every || waits[Math.min(turn++, waits.length - 1)]);
    }
    function told() {
      clearTimeout(timer);
      timer = setTimeout(function () {
        refresh(live, function () { if (!live.dataset.refresh) { source.close(); } });
      }, 250);
    }
    live.addEventListener('focusout', function () {
      setTimeout(function () {
        if (!live.isBehind || isInUse(live)) { return; }
        live.isBehind = false;
        refresh(live);
      }, 0);
    });
    if (!live.dataset.live) { poll(); return; }
    source = new EventSource(live.dataset.live);
    ['received', 'supplemented', 'offered', 'accepted', 'opined', 'failed', 'given_back', 'paused', 'unpaused', 'asked',
      'parked', 'requeued', 'taken', 'withdrawn', 'woken', 'closed', 'decided', 'message'].forEach(function (type) {
      source.addEventListener(type, told);
    });
  }

  each('[data-print]', function (button) {
    button.hidden = false;
    button.addEventListener('click', function () { window.print(); });
  });
  each('select[data-submit]', function (select) {
    select.addEventListener('change', function () { select.form.submit(); });
  });
  doc.addEventListener('submit', function (event) { // also of forms that came with fresh content
    if (!event.target.matches('form[data-once]')) { return; }
    setTimeout(function () {
      Array.prototype.forEach.call(event.target.querySelectorAll('button'), function (button) { button.disabled = true; });
    }, 0);
  });
  each('[data-focus]', function (node) { node.focus(); });
  each('#live[data-refresh]', follow);

  // A kiosk starts anew when nobody touches it; twenty seconds before it says so, and any touch or key keeps the page.
  each('[data-again]', function (page) {
    var timer = 0, stay = doc.getElementById('stay');

    function begin() {
      clearTimeout(timer);
      stay.hidden = true;
      timer = setTimeout(function () {
        stay.hidden = false;
        timer = setTimeout(function () { location.replace(page.dataset.again); }, 20000);
      }, page.dataset.seconds * 1000 - 20000);
    }
    ['pointerdown', 'keydown', 'input'].forEach(function (type) { doc.addEventListener(type, begin); });
    begin();
  });

  // "/" to search or to the first field, j and k through the rows of a list.
  doc.addEventListener('keydown', function (event) {
    var at = doc.activeElement, links, index, field;
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) { return; }
    if (event.key === '/') {
      field = doc.querySelector('input[type=search], main select, main input:not([type=hidden])');
      if (field) { event.preventDefault(); field.focus(); }
    } else if (event.key === 'j' || event.key === 'k') {
      links = Array.prototype.slice.call(doc.querySelectorAll('table.rows tbody a'));
      index = links.indexOf(at) + (event.key === 'j' ? 1 : -1);
      if (links[Math.max(index, 0)]) { links[Math.max(index, 0)].focus(); }
    }
  });
}());
