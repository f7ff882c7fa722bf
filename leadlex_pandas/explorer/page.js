// One handler for every button inside: what was asked is put at the end of a list in a hidden field, whose changes the
// kernel is told of; a list, as quick clicks may be told together. Once it has run, the root remembers which button had
// the focus, and gives it back when a redraw replaced that button. It becomes one attribute. Keys that are pressed inside
// are no shortcuts of the notebook, which asks the element that has the focus itself: else arrows in a list would go to
// the next cell, and an "o" would fold the output away.
var root = this.closest('.lx-root');
if (!root) return;
if (!root.lxWatch) {
  root.addEventListener('focusin', function (e) {
    e.target.setAttribute('data-lm-suppress-shortcuts', 'true');
    var held = e.target.closest('[data-lx]');
    root.lxKey = held ? held.getAttribute('data-lx') : null;
  });
  root.lxWatch = new MutationObserver(function () {
    if (!root.lxKey || document.activeElement !== document.body) return;
    var all = root.querySelectorAll('button[data-lx]');
    for (var k = 0; k < all.length; k++) {
      if (all[k].getAttribute('data-lx') === root.lxKey) { all[k].focus({preventScroll: true}); return; }
    }
    var first = root.querySelector('.lx-table button');
    if (first) first.focus({preventScroll: true});
  });
  root.lxWatch.observe(root, {childList: true, subtree: true});
}
var button = event.target.closest('[data-lx]');
if (!button) return;
if (button.tagName === 'BUTTON') root.lxKey = button.getAttribute('data-lx');
if (event.type !== 'click' || button.getAttribute('aria-disabled') === 'true') return;
// who marks a text of a row, to copy it, does not mean to select the row
if (button.tagName === 'TR' && String(getSelection())) return;
var message = JSON.parse(button.getAttribute('data-lx'));
if (message[0] === 'copy') {
  var code = root.querySelector('.lx-code pre');
  var done = function () { button.textContent = 'Copied'; };
  var select = function () {
    var selection = getSelection(), range = document.createRange();
    range.selectNodeContents(code);
    selection.removeAllRanges();
    selection.addRange(range);
    document.execCommand('copy');
    done();
  };
  if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(done, select); else select();
  return;
}
var field = root.querySelector('.lx-bus input'), queue = [];
try { queue = JSON.parse(field.value); } catch (e) { queue = []; }
queue = queue.slice(-19);
queue.push([Date.now() + '-' + Math.random()].concat(message));
field.value = JSON.stringify(queue);
field.dispatchEvent(new Event('input', {bubbles: true}));
field.dispatchEvent(new Event('change', {bubbles: true}));
