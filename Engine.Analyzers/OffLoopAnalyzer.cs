using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TlsFsm.Analyzers;

/// <summary>
/// A call that belongs on the connection's loop, in a function that is handed to the thread pool, a thread or a timer. Only of connections
/// that a host of ours has made: a loop of the user's own may well be that thread.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OffLoopAnalyzer : DiagnosticAnalyzer
{
    private static readonly ImmutableHashSet<string> Bound =
    [
        "Write", "WriteLines", "WriteEof", "PauseReading", "ResumeReading", "Close", "Abort", "SetReadBufferLimits", "SetWriteBufferLimits",
        "UpdateKeys", "ExportKeyingMaterial", "GetChannelBinding", "ContinueAfterHandshake", "Unwrap", "Detach", "TakeUnread",
        "DataReceived", "EofReceived", "ConnectionMade", "ConnectionLost", "GetBuffer", "BufferUpdated",
    ];

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rules.OffLoop];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterOperationAction(Look, OperationKind.Invocation);
    }

    private static void Look(OperationAnalysisContext context)
    {
        var call = (IInvocationOperation)context.Operation;
        var type = call.TargetMethod.ContainingType;
        if (call.TargetMethod.IsStatic || !Bound.Contains(call.TargetMethod.Name) || !Names.IsOurs(type)
            || type.Name is not ("TlsTransport" or "TlsConnection") || !IsHosted(call.Instance))
            return;

        // The innermost function alone: one that is posted to the loop from a thread of the pool is right.
        for (var one = call.Parent; one is not null; one = one.Parent)
        {
            if (one is ILocalFunctionOperation)
                return;
            if (one is not IAnonymousFunctionOperation function)
                continue;

            if (IsHandedToAThread(function))
                context.ReportDiagnostic(Diagnostic.Create(
                    Rules.OffLoop, call.Syntax.GetLocation(), $"{type.Name}.{call.TargetMethod.Name}"));
            return;
        }
    }

    private static bool IsHosted(IOperation? one) => one switch
    {
        IPropertyReferenceOperation { Property: { Name: "Connection", ContainingType: { Name: "TlsStream" or "TlsDuplexPipe" } type } } =>
            Names.IsOurs(type),
        IPropertyReferenceOperation { Property.Name: "Transport" or "Connection" } property => IsHosted(property.Instance),
        ILocalReferenceOperation local => local.Local.DeclaringSyntaxReferences.FirstOrDefault() is { } declaration
            && local.SemanticModel?.GetOperation(declaration.GetSyntax()) is IVariableDeclaratorOperation { Initializer: { } initializer }
            && initializer.Descendants().OfType<IInvocationOperation>().Any(call =>
                call.TargetMethod.Name is "ConnectAsync" or "AcceptAsync" && Names.IsOurs(call.TargetMethod.ContainingType)),
        _ => false,
    };

    private static bool IsHandedToAThread(IAnonymousFunctionOperation function)
    {
        var value = function.Parent;
        while (value is IDelegateCreationOperation or IConversionOperation)
            value = value.Parent;
        return value is IArgumentOperation { Parent: var taker } && taker switch
        {
            IInvocationOperation { TargetMethod: { Name: "Run", ContainingType: var type } } => Is(type, "System.Threading.Tasks", "Task"),
            IInvocationOperation { TargetMethod: { Name: "StartNew", ContainingType: var type } } =>
                Is(type, "System.Threading.Tasks", "TaskFactory"),
            IInvocationOperation { TargetMethod: { Name: "QueueUserWorkItem" or "UnsafeQueueUserWorkItem", ContainingType: var type } } =>
                Is(type, "System.Threading", "ThreadPool"),
            IObjectCreationOperation { Type: INamedTypeSymbol type } =>
                Is(type, "System.Threading", "Thread") || Is(type, "System.Threading", "Timer"),
            _ => false,
        };
    }

    private static bool Is(INamedTypeSymbol type, string space, string name) =>
        type.Name == name && type.ContainingNamespace.ToDisplayString() == space;
}
