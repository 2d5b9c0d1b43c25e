using Microsoft.CodeAnalysis;

namespace TlsFsm.Analyzers;

/// <summary>Whose a type is.</summary>
internal static class Names
{
    /// <summary>Whether a type is one of the engine's.</summary>
    public static bool IsOurs(ITypeSymbol? type) =>
        type is { ContainingNamespace: { Name: "TlsFsm", ContainingNamespace.IsGlobalNamespace: true } };
}
