// SPDX-License-Identifier: Apache-2.0
// The console works without this script; it adds printing and keys, and live.js fresh figures.
(function () {
  'use strict';
  var doc = document;

  function each(selector, run) {
    Array.prototype.forEach.call(doc.querySelectorAll(selector), run);
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
