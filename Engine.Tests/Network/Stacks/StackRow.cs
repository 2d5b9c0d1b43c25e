using System.Security.Authentication;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>A row of the document: a stack in one role, with one version.</summary>
internal sealed record StackRow(OtherStack Stack, StackRole Role, SslProtocols Version)
{
    /// <summary>How the row begins, which is what it is found by.</summary>
    public string Heading => $"| {Stack.Name} | {(Role == StackRole.Client ? "client" : "server")} | {(Version == Cases.Tls13 ? "1.3" : "1.2")} |";

    /// <summary>Whether there is nothing to try: TLS 1.2 has no retry, and no stack has all.</summary>
    public bool IsEmpty(StackColumn column) =>
        (column == StackColumn.Retry && Version == Cases.Tls12) || Stack.Lacks(Role, Version, column);
}
