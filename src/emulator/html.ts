/**
 * What is kept of HTML in a description. Google cleans it; which tags it keeps is not published, so this
 * list is ours: tags of it stay without attributes (but `href` of web and mail links), other tags go and
 * their text stays, and scripts and styles go whole. `<br/>` comes back as `<br>`. Text between tags is untouched.
 */
const keptTags = new Set(['a', 'b', 'strong', 'i', 'em', 'u', 'br', 'ul', 'ol', 'li', 'p', 'span']);
const tag = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/g;
const wholeElements = /<(script|style)\b[^>]*>[\s\S]*?<\/\1\s*>/gi;
const comments = /<!--[\s\S]*?-->/g;
const href = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;

export function sanitiseHtml(text: string): string {
  if (!text.includes('<')) return text;
  return text.replace(wholeElements, '').replace(comments, '').replace(tag, keepTag);
}

function keepTag(_match: string, slash: string, name: string, attributes: string): string {
  const lower = name.toLowerCase();
  if (!keptTags.has(lower)) return '';
  if (lower !== 'a' || slash !== '') return `<${slash}${lower}>`;
  const found = href.exec(attributes);
  const target = found?.[1] ?? found?.[2] ?? found?.[3];
  return target !== undefined && /^(https?:|mailto:)/i.test(target) ? `<a href="${target}">` : '<a>';
}
