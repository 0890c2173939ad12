import { describe, expect, it } from "vitest";
import { checkFeatureSettings, featureSettingsText } from "../../src/features/feature-settings.js";

describe("feature settings", () => {
  it("are told in few words", () => {
    expect(featureSettingsText({})).toBe("efficientnet-lite0");
    expect(
      featureSettingsText({ backbone: "resnet50", size: 448, pool: { gem: 3 }, views: "flip", precision: "int8" }),
    ).toBe("resnet50, 448 pixels, gem:3, flip, int8");
    const join = [{ features: { scales: [0.7, 1] } }, { features: { pool: "learned" as const }, weight: 0.5 }];
    expect(featureSettingsText({ join })).toBe(
      "(efficientnet-lite0, scales 0.7/1) + 0.5 × (efficientnet-lite0, gem:learned)",
    );
  });

  it("are refused with a slip in a name, in a part too", () => {
    checkFeatureSettings({ size: 224 });
    const slip = { sise: 224 } as object;
    expect(() => checkFeatureSettings(slip)).toThrow(/unknown setting "sise" of features; expected .*size/);
    expect(() => checkFeatureSettings({ join: [{ features: slip }, { features: {} }] })).toThrow(/"sise"/);
  });
});
