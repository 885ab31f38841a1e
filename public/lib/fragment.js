/* The fragment of an address, which no server sees, goes along through the sign-in page. */
for (const link of document.querySelectorAll('a[href^="/login?next="]'))
  link.setAttribute('href', link.getAttribute('href') + encodeURIComponent(location.hash));
