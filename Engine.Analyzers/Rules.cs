using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;

namespace TlsFsm.Analyzers;

/// <summary>What is reported: only what is wrong for certain. docs/analyzers.md tells more of each.</summary>
internal static class Rules
{
    private const string Category = "TlsFsm.Usage";
    private const string Page = "See docs/analyzers.md in the package.";

    /// <summary>Where the project is at home: what its packages say of themselves. Null where they were made without knowing it.</summary>
    private static readonly string? Home = typeof(Rules).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(one => one.Key == "ProjectUrl")?.Value;

    public static readonly DiagnosticDescriptor Undisposed = Of(
        "TLSFSM001", "A connection is never ended",
        "'{0}' is neither disposed of nor handed on: its connection stays open until the peer or the system ends it",
        "Declare it with 'await using', or dispose of it where its life ends: that sends close_notify and releases the socket.");

    public static readonly DiagnosticDescriptor Blocking = Of(
        "TLSFSM002", "A callback of a protocol waits",
        "'{0}' waits inside of '{1}', on the loop: whatever it waits for, no deadline and no byte of this connection comes through meanwhile",
        "Callbacks of IProtocol run on the connection's loop and must come back soon: begin the work, and post its result by CallSoon.");

    public static readonly DiagnosticDescriptor OffLoop = Of(
        "TLSFSM003", "A call off the loop",
        "'{0}' is called on a thread that is not the connection's loop, and will throw: post it by 'Loop.CallSoon'",
        "Members of TlsConnection and TlsTransport that do something are called on the connection's loop; elsewhere they throw.");

    /// <summary>The page of a rule.</summary>
    public static string? LinkTo(string id, string? home) =>
        home is { Length: > 0 } ? $"{home.TrimEnd('/')}/blob/main/docs/analyzers.md#{id.ToLowerInvariant()}" : null;

    private static DiagnosticDescriptor Of(string id, string title, string message, string description) => new(
        id, title, message, Category, DiagnosticSeverity.Warning, isEnabledByDefault: true, $"{description} {Page}", LinkTo(id, Home));
}
