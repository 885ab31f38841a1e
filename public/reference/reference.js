/* The reference of the HTTP API: Swagger UI on our own description. Its files come from a package and not from another host. */
import { t } from '../lib/words.js';

const dark = window.matchMedia('(prefers-color-scheme: dark)');

function followTheme() {
  const theme = document.documentElement.dataset.theme;
  document.documentElement.classList.toggle('dark-mode', theme ? theme === 'dark' : dark.matches);
}

followTheme();
dark.addEventListener('change', followTheme);

const script = document.createElement('script');
script.src = '/api/docs/swagger-ui-bundle.js';
script.addEventListener('load', () => {
  // @ts-expect-error: the bundle has no types
  window.SwaggerUIBundle({
    url: '/api/openapi.json',
    dom_id: '#reference',
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    filter: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
});
script.addEventListener('error', () => {
  const place = document.getElementById('reference');
  if (place) place.textContent = t('The reference could not be loaded. Reload the page.');
});
document.head.append(script);
