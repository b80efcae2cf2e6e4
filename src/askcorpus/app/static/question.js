// What Gradio has no event for: links and buttons inside answers, Escape, and recalling the last
// question. It sends no request and writes no text of its own into the page.
const page = element.ownerDocument;
const box = () => page.querySelector('#ac-question textarea, #ac-question input');

const copy = async (button) => {
  const text = button.closest('.ac-form').querySelector('.ac-form-text');
  page.getSelection().selectAllChildren(text);
  const copied = await (navigator.clipboard?.writeText(text.textContent).then(() => true, () => false) ?? page.execCommand('copy'));
  button.textContent = copied ? 'Copied' : 'Selected; copy it with the keyboard';
  button.removeAttribute('aria-label');
};

const deeds = {
  ask: (link) => trigger('asked', { link: link.getAttribute('href') }),
  copy,
  judge: (button) => trigger('judged', { value: button.value }),
  cancel: () => trigger('cancelled'),
  clear: () => trigger('cleared'),
};

page.addEventListener('click', (event) => {
  const pressed = event.target.closest?.('[data-do]');
  const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!pressed || elsewhere) return;
  event.preventDefault();
  deeds[pressed.dataset.do]?.(pressed);
});

page.addEventListener('submit', (event) => {
  if (!event.target.matches('.ac-reword')) return;
  event.preventDefault();
  trigger('asked', { link: '/?' + new URLSearchParams(new FormData(event.target)) });
});

// Whether the filters are unfolded shows, but is not said.
const unfolding = new MutationObserver(() => {
  const fold = page.querySelector('#ac-filters > button');
  fold?.setAttribute('aria-expanded', fold.classList.contains('open'));
});
unfolding.observe(page, { attributeFilter: ['class'], childList: true, subtree: true });

page.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && page.querySelector(':is(#ac-opening, #ac-waiting) .pending')) trigger('cancelled');
  if (event.key !== 'ArrowUp' || event.target !== box() || box().value) return;
  const last = page.querySelector('#ac-history [data-do=ask]');
  if (!last) return;
  event.preventDefault();
  box().value = last.textContent;
  box().dispatchEvent(new Event('input', { bubbles: true }));
});
