// SPDX-License-Identifier: Apache-2.0
// Pages that change of themselves: what a person points at, stands on, fills in or reads stays where it is.
(function () {
  'use strict';
  var doc = document, live = doc.querySelector('#live[data-refresh]'), news = doc.getElementById('news'), isDown = false;

  // What is pressed or filled.
  function controls(state) {
    return 'a,button,summary,label,input,select,textarea'.replace(/\w+/g, '$&' + state);
  }

  // Has it another value than it came with?
  function isTouched(field) {
    if (field.options) { return field.length && !(field.querySelector('[selected]') || field.options[0]).selected; }
    if (/box|radio/.test(field.type)) { return field.checked !== field.defaultChecked; }
    return 'defaultValue' in field && field.value !== field.defaultValue;
  }

  // Is somebody pressing, in a form, or has he typed or chosen what is not sent yet?
  function isInUse() {
    return isDown || doc.activeElement.closest('main form') ||
      [...doc.querySelectorAll('main input, main textarea, main select')].some(isTouched);
  }

  // What can be found again in fresh content, by a name.
  function named(root, run) {
    var seen = {};
    root.querySelectorAll(controls('') + ',h2,li').forEach(function (node) {
      var name = node.tagName + (node.href || (node.form ? node.form.action : '') + node.name + node.textContent);
      seen[name] = (seen[name] || 0) + 1;
      run(node, name + seen[name]);
    });
  }

  function topOf(node) { return node.getBoundingClientRect().top; }

  function isSeen(node) {
    return node && node.offsetHeight && topOf(node) > -node.offsetHeight && topOf(node) < innerHeight;
  }

  // Puts the fresh content in, unless something is in use. What is pointed at, has the focus, is a
  // form below or is read keeps its place on the screen; what was unfolded or typed stays so.
  function isReplaced(fresh, isForced) {
    var next = {}, at = doc.querySelector(controls(':hover')), focus = doc.activeElement.closest(controls('')), top;
    named(fresh, function (node, name) { next[name] = node; });
    named(live, function (node, name) { node.next = next[name]; });
    if (!isForced && (isInUse() || [at, focus].some(function (node) { return live.contains(node) && !node.next; }))) { return false; }
    at = [at, focus, ...doc.querySelectorAll('#live ~ * summary, #live ~ * form'),
      ...live.querySelectorAll(scrollY ? '*' : 'x')] // at 0 the top stays
      .find(function (node) { return isSeen(node) && (node.next || !live.contains(node)); });
    top = at && topOf(at);
    live.last = fresh.innerHTML;
    named(live, function (node) {
      if (!node.next) { return; }
      if (node.parentNode.open) { node.next.parentNode.open = true; }
      if (isTouched(node)) { node.next.replaceWith(node); node.next = node; }
    });
    live.textContent = live.style.paddingTop = doc.body.style.minHeight = '';
    while (fresh.firstChild) { live.appendChild(fresh.firstChild); }
    if (!fresh.dataset.refresh) {
      delete live.dataset.refresh;
      doc.querySelectorAll('[data-while-live]').forEach(function (node) { node.hidden = true; });
    }
    if (focus) { (focus.next || focus).focus({preventScroll: true}); }
    at = at && at.next || at;
    if (isForced) { live.scrollIntoView(); }
    if (isForced || !at) { return true; }
    scrollBy(0, topOf(at) - top);
    if (topOf(at) > top) { doc.body.style.minHeight = innerHeight + scrollY + topOf(at) - top + 'px'; scrollBy(0, topOf(at) - top); }
    if (topOf(at) < top) { live.style.paddingTop = top - topOf(at) + 'px'; }
    return true;
  }

  // Takes what may change from a fresh copy of this page.
  function refresh(then, isForced) {
    fetch(live.dataset.refresh + location.search, {credentials: 'same-origin', headers: {Accept: 'text/html'}})
      .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(answer.status); })
      .then(function (text) {
        var fresh = new DOMParser().parseFromString(text, 'text/html').getElementById('live');
        if (!fresh) { return; }
        live.isBehind = (fresh.innerHTML !== live.last || !fresh.dataset.refresh) && !isReplaced(fresh, isForced);
        if (news) { news.hidden = !live.isBehind; }
      })
      .catch(function () {})
      .then(then);
  }

  // Staff pages are told of events; a citizen's asks, ever more seldom, and holds no connection.
  function follow() {
    var timer = 0, source, waits = [1500, 1500, 2000, 2000, 3000, 3000, 5000, 5000, 5000, 10000], turn = 0, release;

    function poll() {
      if (!live.dataset.refresh) { return; }
      timer = setTimeout(function () {
        if (doc.hidden) { poll(); } else { refresh(poll); }
      }, live.dataset.every || waits[Math.min(turn++, waits.length - 1)]);
    }
    function told() {
      timer = timer || setTimeout(function () {
        timer = 0;
        refresh(function () { if (!live.dataset.refresh) { source.close(); } });
      }, 250);
    }
    function catchUp(type) {
      if (/pointer(up|cancel)/.test(type)) { isDown = false; }
      if (live.isBehind && !isInUse()) { refresh(); }
    }
    live.last = live.innerHTML;
    doc.addEventListener('pointerdown', function () { isDown = true; clearTimeout(release); });
    ['pointerup', 'pointercancel', 'pointerover', 'focusout'].forEach(function (type) {
      doc.addEventListener(type, function () {
        release = setTimeout(catchUp, 100, type); // the click comes first
      });
    });
    if (news) { news.querySelector('button').addEventListener('click', function () { refresh(null, true); }); }
    if (!live.dataset.live) { poll(); return; }
    source = new EventSource(live.dataset.live);
    ('received supplemented offered accepted opined failed given_back paused unpaused asked parked requeued taken withdrawn woken ' +
      'closed decided message').split(' ').forEach(function (type) { source.addEventListener(type, told); });
  }

  if (live) { follow(); }
}());
