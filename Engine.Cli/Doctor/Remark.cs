namespace TlsFsm.Cli.Doctor;

/// <summary>Something worth doing something about.</summary>
/// <param name="IsProblem">Whether clients with usual checks refuse the server for it; else it is a warning.</param>
/// <param name="Subject">What it is about: a certificate's subject, a version.</param>
/// <param name="Text">In words.</param>
internal sealed record Remark(bool IsProblem, string Subject, string Text);
