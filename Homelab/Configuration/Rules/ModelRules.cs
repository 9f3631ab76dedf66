using Homelab.Domain.Models;

namespace Homelab.Configuration.Rules;

/// <summary>What must hold in <c>models:</c>: every name leads to one model or one list, and no list leads to itself.</summary>
internal static class ModelRules
{
    public static void Check(IReadOnlyList<ModelConfig> models, ConfigurationReport report)
    {
        for (var i = 0; i < models.Count; i++)
        {
            CheckShape(models[i], $"models[{i}]", report);
        }

        CheckNames(models, report);
        CheckCycles(models, report);
    }

    private static void CheckShape(ModelConfig model, string path, ConfigurationReport report)
    {
        if (report.Touches(path))
        {
            return;
        }

        if (model.Name is null && model.Alias is null)
        {
            report.Add(path, model.Of.Count > 0 ? "has a list 'of' but no 'alias' that names it" : "needs either a 'name' (settings of a model) or an 'alias' with 'of' (a ranked list)");
        }
        else if (model.Name is not null && model.Alias is not null)
        {
            report.Add(path + ".alias", "stands beside 'name'; write two entries, or use 'aliases' for other names of one model");
        }
        else if (model.Name is not null && report.Find(path + ".of") is not null)
        {
            report.Add(path + ".of", "belongs to an 'alias', but this entry has a 'name'");
        }
        else if (model.Alias is not null)
        {
            if (model.Of.Count == 0)
            {
                report.Add(path + ".of", "is missing or empty; list the models that the alias stands for, best first");
            }

            foreach (var key in (string[])["aliases", "pin", "protect", "idle_unload", "context", "parallel", "require"])
            {
                if (report.Find($"{path}.{key}") is not null)
                {
                    report.Add($"{path}.{key}", "is a setting of a model, but this entry is an alias; set it at the models themselves");
                }
            }

            foreach (var (j, _) in model.Of.Index().Where(o => model.Of.Take(o.Index).Any(earlier => Same(earlier, o.Item))))
            {
                report.Add($"{path}.of[{j}]", $"'{Wording.Shorten(model.Of[j])}' is in the list twice");
            }
        }
    }

    /// <summary>Model names, their aliases and list aliases share one space.</summary>
    private static void CheckNames(IReadOnlyList<ModelConfig> models, ConfigurationReport report)
    {
        var names = models.Index().Where(m => m.Item.Name is not null).Select(m => (Path: $"models[{m.Index}].name", Name: m.Item.Name!));
        var aliases = models.Index().SelectMany(m => m.Item.Alias is { } alias
            ? [(Path: $"models[{m.Index}].alias", Name: alias)]
            : m.Item.Aliases.Select((a, j) => (Path: $"models[{m.Index}].aliases[{j}]", Name: a)));
        var taken = new Dictionary<ModelName, string>();
        foreach (var (path, text) in names.Concat(aliases))
        {
            if (ModelName.TryParse(text, out var name) && !taken.TryAdd(name, path) && !report.Touches(path))
            {
                report.Add(path, $"'{Wording.Shorten(text)}' is already {taken[name]}");
            }
        }
    }

    private static void CheckCycles(IReadOnlyList<ModelConfig> models, ConfigurationReport report)
    {
        var lists = new Dictionary<ModelName, (int Index, ModelConfig Entry)>();
        foreach (var (i, entry) in models.Index())
        {
            if (ModelName.TryParse(entry.Alias, out var alias))
            {
                lists.TryAdd(alias, (i, entry));
            }
        }

        // Takes away every list that leads only to models and to lists already taken away; what stays leads to itself or to such a one.
        bool removed;
        do
        {
            removed = false;
            foreach (var (alias, list) in lists.ToList())
            {
                if (!list.Entry.Of.Any(o => ModelName.TryParse(o, out var target) && lists.ContainsKey(target)))
                {
                    lists.Remove(alias);
                    removed = true;
                }
            }
        }
        while (removed);

        foreach (var (_, (i, entry)) in lists.OrderBy(l => l.Value.Index))
        {
            var j = entry.Of.FindIndex(o => ModelName.TryParse(o, out var target) && lists.ContainsKey(target));
            if (!report.Touches($"models[{i}]"))
            {
                report.Add($"models[{i}].of[{j}]", $"'{Wording.Shorten(entry.Of[j])}' leads back to an alias that it is part of; an alias may not contain itself");
            }
        }
    }

    private static bool Same(string left, string right) =>
        ModelName.TryParse(left, out var a) && ModelName.TryParse(right, out var b) && a == b;
}
