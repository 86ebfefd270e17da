// SPDX-License-Identifier: Apache-2.0
// What the Tab key reaches on a page, against what it should reach. Run in the page by tests/e2e/page_walk.py.
(function () {
  'use strict';
  var met = [], faults = [];

  function name(e) {
    return e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + (e.name ? '[' + e.name + ']' : '') + ' "' + (e.textContent || '').trim().slice(0, 30) + '"';
  }

  // In the order of the document: what is there, visible and not disabled; of radio buttons, one of a group.
  function due() {
    var groups = {};
    return Array.prototype.filter.call(
      document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]'), function (e) {
        if (e.disabled || e.type === 'hidden' || e.tabIndex < 0 || !e.checkVisibility({visibilityProperty: true})) { return false; }
        if (e.type !== 'radio') { return true; }
        var chosen = e.form.querySelector('input[name="' + e.name + '"]:checked');
        if (groups[e.name] || (chosen && chosen !== e)) { return false; }
        groups[e.name] = true;
        return true;
      });
  }

  // 2.4.7, 2.4.13: a ring of two pixels at least, on the control or on the label that is seen in its place.
  function isSeen(e) {
    return [e].concat(Array.prototype.slice.call(e.labels || [])).some(function (each) {
      var style = getComputedStyle(each);
      return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    });
  }

  // 2.4.11: nothing lies over what has the focus.
  function isCovered(e) {
    var shown = e.labels && e.labels[0] && getComputedStyle(e).opacity === '0' ? e.labels[0] : e, box, hit;

    e.focus({preventScroll: true});
    shown.scrollIntoView({block: 'nearest', behavior: 'instant'});
    box = shown.getClientRects()[0];
    hit = box && document.elementFromPoint(box.left + Math.min(box.width / 2, 20), box.top + box.height / 2);
    return !hit || !(shown.contains(hit) || hit.contains(shown));
  }

  function onFocus(event) {
    var e = event.target;
    if (met[met.length - 1] === e) { return; }
    met.push(e);
    if (e !== document.body && !isSeen(e)) { faults.push('no ring: ' + name(e)); }
  }

  window.keyboard = {
    begin: function () {
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute('tabindex');
      document.addEventListener('focusin', onFocus);
      return due().length + 4 * document.querySelectorAll('input[type=date], input[type=month]').length + document.querySelectorAll('.scroll, pre').length + 2;
    },
    end: function () {
      var wanted = due(), seen = [];
      document.removeEventListener('focusin', onFocus);
      met.forEach(function (e) { if (wanted.indexOf(e) >= 0 && seen.indexOf(e) < 0) { seen.push(e); } });
      wanted.forEach(function (e, i) {
        if (seen.indexOf(e) < 0) { faults.push('not reached: ' + name(e));
        } else if (seen[i] !== e) { faults.push('out of order: ' + name(e)); }
        if (isCovered(e)) { faults.push('covered: ' + name(e)); }
      });
      if (wanted.length && !(wanted[0].matches('.skip, .bar a') || !document.querySelector('nav'))) { faults.push('no skip link first'); }
      return faults.slice(0, 5);
    }
  };
}());
