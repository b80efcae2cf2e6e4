// `/` leads to the question box. Who steers by voice, or hits keys without meaning to, must be able
// to turn a key of one character off (WCAG 2.1.4): there is a switch, and the browser remembers it.
const page = element.ownerDocument;
const choice = element.querySelector('input');
const box = () => page.querySelector('#ac-question textarea, #ac-question input');
const NAME = 'askcorpus-slash';

// A browser may keep nothing at all; then the switch holds for as long as the page is open.
const stored = () => { try { return localStorage.getItem(NAME); } catch { return null; } };
const store = (value) => { try { localStorage.setItem(NAME, value); } catch { /* as above */ } };

const announce = () => {
  if (choice.checked) box()?.setAttribute('aria-keyshortcuts', '/');
  else box()?.removeAttribute('aria-keyshortcuts');
};

choice.checked = stored() !== 'off';
choice.addEventListener('change', () => {
  store(choice.checked ? 'on' : 'off');
  announce();
});

// The box may come to the page after the switch does.
announce();
const coming = new MutationObserver(() => {
  announce();
  if (box()) coming.disconnect();
});
coming.observe(page, { childList: true, subtree: true });

page.addEventListener('keydown', (event) => {
  const held = event.ctrlKey || event.altKey || event.metaKey;
  if (event.key !== '/' || held || !choice.checked) return;
  if (event.target.isContentEditable || event.target.closest('input, textarea, select')) return;
  event.preventDefault();
  box().focus();
});
