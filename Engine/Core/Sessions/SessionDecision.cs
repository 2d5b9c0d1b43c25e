namespace TlsFsm.Core.Sessions;

/// <summary>An option, and what becomes of what it decides when a session is resumed.</summary>
/// <param name="Option">Its name, as the caller of the engine writes it.</param>
/// <param name="Fate">What becomes of it.</param>
/// <param name="How">In words, for docs/sessions.md; empty for what decides nothing.</param>
/// <param name="Text">What the session is bound to; null unless it is <see cref="SessionFate.Bound"/>.</param>
internal sealed record SessionDecision<TOptions>(string Option, SessionFate Fate, string How, Func<TOptions, string>? Text = null);
